package io.telltale.segment;

import io.telltale.sensors.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** The header of a segment: version, checksum, and the index of its blocks. */
final class SegmentHeader {

    static final int VERSION = 1;

    /** "TSEG" in the order of bytes. */
    static final int MAGIC = 0x47455354;

    // The preamble has the same form in every version: magic, version, length of the index, checksum.
    static final int LENGTH_AT = 5;
    static final int CHECKSUM_AT = 9;
    static final int PREAMBLE_BYTES = 13;

    private static final int MIN_ENTRY_BYTES = 17;
    private static final int MIN_SENSOR_BYTES = 9;

    /**
     * One block in the index.
     *
     * @param start the position of its first byte in the segment
     * @param end the position after its last byte
     * @param checksum the CRC32C of its bytes
     * @param firstMillis the least event time
     * @param lastMillis the greatest event time, inclusive
     * @param sensors the keys of its sensors, ascending
     * @param ends for each sensor the end of its rows, exclusive
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, and not visible outside the package.
    record Entry(long start, long end, int checksum, long firstMillis, long lastMillis, long[] sensors, int[] ends) {

        int size() {
            return ends[ends.length - 1];
        }

        int startOf(int run) {
            return run == 0 ? 0 : ends[run - 1];
        }

        SegmentSpan span(int run) {
            return new SegmentSpan(sensors[run], firstMillis, lastMillis, ends[run] - startOf(run));
        }
    }

    private SegmentHeader() {}

    /**
     * Reads the index of a segment.
     *
     * @throws DamagedSegmentException if the header is damaged
     * @throws UnsupportedSegmentVersionException if it is intact, and of another version
     */
    static List<Entry> read(byte[] bytes) {
        try {
            return readIndex(bytes);
        } catch (MalformedException e) {
            throw new DamagedSegmentException("header: " + e.reason());
        }
    }

    private static List<Entry> readIndex(byte[] bytes) {
        ByteSource preamble = new ByteSource(bytes, 0, bytes.length);
        if (preamble.readInt() != MAGIC) {
            throw new MalformedException("no segment begins with these bytes");
        }
        int version = preamble.readByte();
        long length = preamble.readInt() & 0xffff_ffffL;
        int checksum = preamble.readInt();
        int from = preamble.skip(length);
        int end = preamble.position();
        if (checksum != checksum(bytes, end)) {
            throw new MalformedException("wrong checksum");
        }
        if (version != VERSION) {
            throw new UnsupportedSegmentVersionException(version);
        }
        ByteSource source = new ByteSource(bytes, from, end);
        int count = source.readCount(bytes.length);
        source.require((long) count * MIN_ENTRY_BYTES);
        List<Entry> entries = new ArrayList<>(count);
        long start = end;
        for (int i = 0; i < count; i++) {
            Entry entry =
                    readEntry(source, start, i == 0 ? 0 : entries.get(i - 1).firstMillis());
            if (i > 0) {
                requireOrder(entries.get(i - 1), entry);
            }
            entries.add(entry);
            start = entry.end();
        }
        source.requireEnd();
        if (start < bytes.length) {
            throw new MalformedException("%d bytes are left over".formatted(bytes.length - start));
        }
        return entries;
    }

    private static Entry readEntry(ByteSource source, long start, long previousFirst) {
        int length = source.readCount(Integer.MAX_VALUE);
        int checksum = source.readInt();
        long first = previousFirst + source.readZigzag();
        long duration = source.readVarint();
        if (first < Reading.MIN_TIMESTAMP_MILLIS
                || first > Reading.MAX_TIMESTAMP_MILLIS
                || duration < 0
                || duration > Reading.MAX_TIMESTAMP_MILLIS - first) {
            throw new MalformedException("a block is not within the years 0000 to 9999");
        }
        int count = source.readCount(Block.MAX_READINGS);
        if (count == 0) {
            throw new MalformedException("a block has no sensor");
        }
        source.require((long) count * MIN_SENSOR_BYTES);
        long[] sensors = new long[count];
        int[] ends = new int[count];
        int end = 0;
        for (int i = 0; i < count; i++) {
            sensors[i] = source.readLong();
            int readings = source.readCount(Block.MAX_READINGS - end);
            if (readings == 0 || (i > 0 && sensors[i] <= sensors[i - 1])) {
                throw new MalformedException("a sensor has no readings or is out of order");
            }
            end += readings;
            ends[i] = end;
        }
        return new Entry(start, start + length, checksum, first, first + duration, sensors, ends);
    }

    private static void requireOrder(Entry before, Entry entry) {
        long last = before.sensors()[before.sensors().length - 1];
        long next = entry.sensors()[0];
        if (next < last || (next == last && entry.firstMillis() <= before.lastMillis())) {
            throw new MalformedException("blocks are out of order");
        }
    }

    /** The checksum of a header that ends at {@code end}: of all its bytes but those of the checksum. */
    static int checksum(byte[] bytes, int end) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, CHECKSUM_AT);
        checksum.update(bytes, PREAMBLE_BYTES, end - PREAMBLE_BYTES);
        return (int) checksum.getValue();
    }
}
