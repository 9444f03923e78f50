package io.telltale.segment;

/**
 * The origins of readings: a dictionary of sources, which are topic epoch and partition with a base offset; and for
 * each reading its source and the distance of its offset from that base.
 */
final class OriginColumn {

    static final int MAX_PARTITION = 0xffff;
    static final long MAX_OFFSET = (1L << SegmentReading.OFFSET_BITS) - 1;

    private final int[] epochs;

    /** The partition in the upper 16 bits, and the base offset. */
    private final long[] bases;

    private final IntegerColumn sources;
    private final IntegerColumn distances;

    /** @param size how many origins it has, at least 1 */
    OriginColumn(ByteSource source, int size) {
        int count = source.readCount(size);
        source.require(3L * count);
        this.epochs = new int[count];
        this.bases = new long[count];
        for (int i = 0; i < count; i++) {
            epochs[i] = source.readByte();
            long partition = source.readCount(MAX_PARTITION);
            long offset = source.readVarint();
            if (offset < 0 || offset > MAX_OFFSET) {
                throw new MalformedException("offset %s is too large".formatted(Long.toUnsignedString(offset)));
            }
            bases[i] = partition << SegmentReading.OFFSET_BITS | offset;
        }
        this.sources = new IntegerColumn(source, size);
        this.distances = new IntegerColumn(source, size);
    }

    /** Decodes a chunk of {@code count} origins to the start of both arrays. */
    void decodeChunk(int chunk, int count, int[] epochTarget, long[] positionTarget, long[] scratch) {
        sources.decodeChunk(chunk, scratch);
        distances.decodeChunk(chunk, positionTarget);
        for (int i = 0; i < count; i++) {
            long source = scratch[i];
            if (source < 0 || source >= bases.length) {
                throw new MalformedException("an origin is not in the dictionary");
            }
            long base = bases[(int) source];
            long offset = (base & MAX_OFFSET) + positionTarget[i];
            if (offset < 0 || offset > MAX_OFFSET) {
                throw new MalformedException("an offset is out of range");
            }
            epochTarget[i] = epochs[(int) source];
            positionTarget[i] = (base & ~MAX_OFFSET) | offset;
        }
    }
}
