package io.telltale.segment;

import io.telltale.sensors.TimeRange;
import io.telltale.sensors.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Decodes a segment chunk by chunk: all of it, or one sensor's readings within a range. */
final class SegmentCursor implements ReadingCursor {

    private final byte[] bytes;
    private final List<SegmentHeader.Entry> entries;
    private final @Nullable Long sensor;
    private final long fromMillis;
    private final long toMillis;
    private final DecodedChunk chunk = new DecodedChunk();

    private int entryIndex = -1;
    private SegmentHeader.@Nullable Entry entry;
    private @Nullable Block block;

    /** The index of the sensor within the block. */
    private int run;

    private int row;
    private int endRow;

    /** The index of the current reading within its chunk. */
    private int index;

    private long previousMillis;

    /** @param sensor the only sensor to read, within {@code range}; both null for all */
    SegmentCursor(byte[] bytes, List<SegmentHeader.Entry> entries, @Nullable Long sensor, @Nullable TimeRange range) {
        this.bytes = bytes;
        this.entries = entries;
        this.sensor = sensor;
        this.fromMillis = range == null ? Long.MIN_VALUE : range.fromMillis();
        this.toMillis = range == null ? Long.MAX_VALUE : range.toMillis();
    }

    @Override
    public boolean next() {
        try {
            do {
                if (advance()) {
                    return true;
                }
            } while (startRun());
            return false;
        } catch (MalformedException e) {
            row = endRow;
            throw damaged(e);
        }
    }

    private DamagedSegmentException damaged(MalformedException cause) {
        return new DamagedSegmentException(Objects.requireNonNull(entry).span(run), cause.reason());
    }

    /** Moves to the next reading of the run within the range. */
    private boolean advance() {
        while (row < endRow) {
            int number = row / IntegerColumn.CHUNK;
            if (!chunk.isLoaded(number)) {
                chunk.load(Objects.requireNonNull(block), number);
            }
            index = row % IntegerColumn.CHUNK;
            long millis = chunk.timestampMillis(index);
            SegmentHeader.Entry current = Objects.requireNonNull(entry);
            if (millis <= previousMillis || millis < current.firstMillis() || millis > current.lastMillis()) {
                throw new MalformedException("event times are out of order");
            }
            previousMillis = millis;
            if (millis >= toMillis) {
                row = endRow;
                return false;
            }
            row++;
            if (millis >= fromMillis) {
                return true;
            }
        }
        return false;
    }

    /** Moves to the next run that may hold requested readings. False at the end. */
    private boolean startRun() {
        if (!nextRun()) {
            return false;
        }
        SegmentHeader.Entry current = Objects.requireNonNull(entry);
        if (block == null) {
            block = openBlock(current);
        }
        previousMillis = Long.MIN_VALUE;
        endRow = current.ends()[run];
        row = current.startOf(run);
        if (fromMillis > current.firstMillis()) {
            row = block.seek(row, endRow, fromMillis, chunk.scratch());
        }
        return true;
    }

    private boolean nextRun() {
        row = 0;
        endRow = 0;
        if (sensor == null && entry != null && run + 1 < entry.sensors().length) {
            run++;
            return true;
        }
        while (entryIndex + 1 < entries.size()) {
            entryIndex++;
            SegmentHeader.Entry next = entries.get(entryIndex);
            int found = sensor == null ? 0 : find(next, sensor);
            if (found >= 0) {
                entry = next;
                run = found;
                block = null;
                chunk.clear();
                return true;
            }
        }
        return false;
    }

    /** The index of a sensor in a block that overlaps the range, else negative. */
    private int find(SegmentHeader.Entry candidate, long key) {
        return candidate.firstMillis() >= toMillis || candidate.lastMillis() < fromMillis
                ? -1
                : Arrays.binarySearch(candidate.sensors(), key);
    }

    private Block openBlock(SegmentHeader.Entry of) {
        if (of.end() > bytes.length) {
            throw new MalformedException("%d bytes are missing".formatted(of.end() - bytes.length));
        }
        int from = (int) of.start();
        int end = (int) of.end();
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, from, end - from);
        if ((int) checksum.getValue() != of.checksum()) {
            throw new MalformedException("wrong checksum");
        }
        return new Block(bytes, from, end, of.size());
    }

    @Override
    public long sensor() {
        return Objects.requireNonNull(entry).sensors()[run];
    }

    @Override
    public long timestampMillis() {
        return chunk.timestampMillis(index);
    }

    @Override
    public Value value() {
        try {
            return chunk.value(index);
        } catch (MalformedException e) {
            throw damaged(e);
        }
    }

    @Override
    public long recordTimeMillis() {
        return records().recordTimeMillis(index);
    }

    @Override
    public long originPosition() {
        return records().originPosition(index);
    }

    @Override
    public int originEpoch() {
        return records().originEpoch(index);
    }

    @Override
    public long expirySecond() {
        return records().expirySecond(index);
    }

    private DecodedChunk records() {
        try {
            chunk.loadRecords();
        } catch (MalformedException e) {
            throw damaged(e);
        }
        return chunk;
    }
}
