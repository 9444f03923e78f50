package io.telltale.segment;

import io.telltale.sensors.Value;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The decoded readings of one chunk of a block. Event times and values are decoded when the chunk is loaded, the rest
 * when it is first needed. Reused for the next chunk.
 */
final class DecodedChunk {

    private static final int NONE = -1;
    private static final int CAPACITY = IntegerColumn.CHUNK;

    private @Nullable Block block;
    private int number = NONE;
    private boolean hasRecords;

    private final long[] times = new long[CAPACITY];
    private final long[] kinds = new long[CAPACITY];

    /** For each reading of a mixed block, its place among the numbers or the texts of the chunk. */
    private final int[] places = new int[CAPACITY];

    private final double[] numbers = new double[CAPACITY];
    private final long[] textIndexes = new long[CAPACITY];
    private final long[][] scratch = new long[2][CAPACITY];

    private long @Nullable [] recordTimes;
    private long @Nullable [] positions;
    private int @Nullable [] epochs;
    private long @Nullable [] expiries;

    /** Forgets the chunk, because the block changes. */
    void clear() {
        block = null;
        number = NONE;
    }

    boolean isLoaded(int chunk) {
        return number == chunk;
    }

    long[] scratch() {
        return scratch[0];
    }

    void load(Block of, int chunk) {
        number = NONE;
        hasRecords = false;
        block = of;
        of.times.decodeChunk(chunk, times);
        if (of.isOfOneKind()) {
            kinds[0] = of.kinds.base();
        } else {
            placeMixed(of, chunk);
        }
        if (of.numbers != null) {
            of.numbers.decode(of.numbersBefore(chunk), of.numbersBefore(chunk + 1), numbers, scratch);
        }
        if (of.texts != null) {
            of.texts.decode(of.textsBefore(chunk), of.textsBefore(chunk + 1), textIndexes, scratch[0]);
        }
        number = chunk;
    }

    private void placeMixed(Block of, int chunk) {
        of.kinds.decodeChunk(chunk, kinds);
        int foundNumbers = 0;
        int foundTexts = 0;
        for (int i = 0; i < of.sizeOf(chunk); i++) {
            places[i] = kinds[i] == Block.NUMBER ? foundNumbers++ : kinds[i] == Block.TEXT ? foundTexts++ : 0;
        }
    }

    long timestampMillis(int index) {
        return times[index];
    }

    Value value(int index) {
        Block of = Objects.requireNonNull(block);
        boolean isOfOneKind = of.isOfOneKind();
        int kind = (int) kinds[isOfOneKind ? 0 : index];
        int place = isOfOneKind ? index : places[index];
        return switch (kind) {
            case Block.NUMBER -> new Value.Numeric(numbers[place]);
            case Block.FALSE -> Value.Flag.FALSE;
            case Block.TRUE -> Value.Flag.TRUE;
            default -> Objects.requireNonNull(of.texts).text(textIndexes[place]);
        };
    }

    long recordTimeMillis(int index) {
        return Objects.requireNonNull(recordTimes)[index];
    }

    long originPosition(int index) {
        return Objects.requireNonNull(positions)[index];
    }

    int originEpoch(int index) {
        return Objects.requireNonNull(epochs)[index];
    }

    long expirySecond(int index) {
        return Objects.requireNonNull(expiries)[index];
    }

    /** Decodes record times, origins and expiries, unless that was done. */
    void loadRecords() {
        if (hasRecords) {
            return;
        }
        Block of = Objects.requireNonNull(block);
        if (recordTimes == null) {
            recordTimes = new long[CAPACITY];
            positions = new long[CAPACITY];
            epochs = new int[CAPACITY];
            expiries = new long[CAPACITY];
        }
        long[] recordTarget = recordTimes;
        long[] expiryTarget = Objects.requireNonNull(expiries);
        int count = of.sizeOf(number);
        of.recordTimes.decodeChunk(number, recordTarget);
        if (of.areRecordTimesByEvent) {
            for (int i = 0; i < count; i++) {
                recordTarget[i] += times[i];
            }
        }
        of.origins.decodeChunk(
                number, count, Objects.requireNonNull(epochs), Objects.requireNonNull(positions), scratch[0]);
        of.expiries.decodeChunk(number, expiryTarget);
        for (int i = 0; i < count; i++) {
            expiryTarget[i] = expiryTarget[i] == 0 ? SegmentReading.NEVER : expiryTarget[i] + Block.secondOf(times[i]);
        }
        hasRecords = true;
    }
}
