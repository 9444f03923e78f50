package io.telltale.segment;

import org.jspecify.annotations.Nullable;

/** The columns of one block, opened but not decoded. */
final class Block {

    /** Bounds what a few damaged bytes can allocate, because equal numbers take no space. */
    static final int MAX_READINGS = 1 << 14;

    // Kinds of values.
    static final int NUMBER = 0;
    static final int FALSE = 1;
    static final int TRUE = 2;
    static final int TEXT = 3;

    static final int RECORD_TIMES = 0;
    static final int RECORD_TIMES_BY_EVENT = 1;

    final int size;
    final IntegerColumn times;
    final boolean areRecordTimesByEvent;
    final IntegerColumn recordTimes;
    final OriginColumn origins;
    final IntegerColumn expiries;
    final IntegerColumn kinds;
    final @Nullable NumberColumn numbers;
    final @Nullable TextColumn texts;

    /** How many numbers precede each chunk, and how many there are; null if all values are of one kind. */
    private final int @Nullable [] numberRanks;

    private final int @Nullable [] textRanks;

    /** Reads the parameters of all columns between {@code from} and {@code end}, exclusive. */
    Block(byte[] bytes, int from, int end, int size) {
        ByteSource source = new ByteSource(bytes, from, end);
        this.size = size;
        this.times = new IntegerColumn(source, size);
        int form = source.readByte();
        if (form > RECORD_TIMES_BY_EVENT) {
            throw new MalformedException("record times have the unknown form %d".formatted(form));
        }
        this.areRecordTimesByEvent = form == RECORD_TIMES_BY_EVENT;
        this.recordTimes = new IntegerColumn(source, size);
        this.origins = new OriginColumn(source, size);
        this.expiries = new IntegerColumn(source, size);
        this.kinds = new IntegerColumn(source, size);
        int numberCount;
        int textCount;
        if (kinds.isConstant()) {
            this.numberRanks = null;
            this.textRanks = null;
            long kind = checkedKind(kinds.base());
            numberCount = kind == NUMBER ? size : 0;
            textCount = kind == TEXT ? size : 0;
        } else {
            int chunks = chunks();
            this.numberRanks = new int[chunks + 1];
            this.textRanks = new int[chunks + 1];
            rank(numberRanks, textRanks);
            numberCount = numberRanks[chunks];
            textCount = textRanks[chunks];
        }
        this.numbers = numberCount == 0 ? null : new NumberColumn(source, numberCount);
        this.texts = textCount == 0 ? null : new TextColumn(source, textCount);
        source.requireEnd();
    }

    private void rank(int[] numberTarget, int[] textTarget) {
        long[] chunkKinds = new long[IntegerColumn.CHUNK];
        for (int chunk = 0; chunk < chunks(); chunk++) {
            kinds.decodeChunk(chunk, chunkKinds);
            int foundNumbers = 0;
            int foundTexts = 0;
            for (int i = 0; i < sizeOf(chunk); i++) {
                long kind = checkedKind(chunkKinds[i]);
                foundNumbers += kind == NUMBER ? 1 : 0;
                foundTexts += kind == TEXT ? 1 : 0;
            }
            numberTarget[chunk + 1] = numberTarget[chunk] + foundNumbers;
            textTarget[chunk + 1] = textTarget[chunk] + foundTexts;
        }
    }

    private static long checkedKind(long kind) {
        if (kind < NUMBER || kind > TEXT) {
            throw new MalformedException("a value has the unknown kind %d".formatted(kind));
        }
        return kind;
    }

    int chunks() {
        return (size - 1) / IntegerColumn.CHUNK + 1;
    }

    int sizeOf(int chunk) {
        return Math.min(IntegerColumn.CHUNK, size - chunk * IntegerColumn.CHUNK);
    }

    boolean isOfOneKind() {
        return numberRanks == null;
    }

    /** How many numbers precede a chunk. */
    int numbersBefore(int chunk) {
        return numberRanks == null ? Math.min(size, chunk * IntegerColumn.CHUNK) : numberRanks[chunk];
    }

    /** How many texts precede a chunk. */
    int textsBefore(int chunk) {
        return textRanks == null ? Math.min(size, chunk * IntegerColumn.CHUNK) : textRanks[chunk];
    }

    /**
     * A row at or before the first row with an event time of at least {@code fromMillis}, found by the first event
     * times of chunks.
     *
     * @param from the first row of a sensor
     * @param to the end of its rows, exclusive
     * @param scratch at least one number
     */
    int seek(int from, int to, long fromMillis, long[] scratch) {
        int low = from / IntegerColumn.CHUNK;
        int high = (to - 1) / IntegerColumn.CHUNK;
        // The first chunk may begin with another sensor.
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (times.firstOf(middle, scratch) < fromMillis) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return Math.max(from, low * IntegerColumn.CHUNK);
    }

    /** The second of an event time. */
    static long secondOf(long millis) {
        return Math.floorDiv(millis, 1_000L);
    }
}
