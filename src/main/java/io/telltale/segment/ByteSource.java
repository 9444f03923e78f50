package io.telltale.segment;

/** Reads the elementary forms of the format from a part of an array, and never beyond that part. */
final class ByteSource {

    private final byte[] bytes;
    private final int end;
    private int at;

    /** Reads {@code bytes} from {@code from}, inclusive, to {@code end}, exclusive. */
    ByteSource(byte[] bytes, int from, int end) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
    }

    /** Ensures that this many bytes follow, before memory is allocated for what they stand for. */
    void require(long count) {
        if (count > end - at) {
            throw new MalformedException("%d bytes are missing".formatted(count - (end - at)));
        }
    }

    int readByte() {
        require(1);
        return bytes[at++] & 0xff;
    }

    int readInt() {
        require(Integer.BYTES);
        int value = (int) ByteSink.INT.get(bytes, at);
        at += Integer.BYTES;
        return value;
    }

    long readLong() {
        require(Long.BYTES);
        long value = (long) ByteSink.LONG.get(bytes, at);
        at += Long.BYTES;
        return value;
    }

    long readVarint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int next = readByte();
            value |= (next & 0x7fL) << shift;
            if (next < 0x80) {
                if (shift == 63 && next > 1) {
                    break;
                }
                return value;
            }
        }
        throw new MalformedException("a number has more than 64 bits");
    }

    long readZigzag() {
        long value = readVarint();
        return (value >>> 1) ^ -(value & 1);
    }

    /** A varint from 0 to {@code max}. */
    int readCount(int max) {
        long count = readVarint();
        if (count < 0 || count > max) {
            throw new MalformedException("count %s is greater than %d".formatted(Long.toUnsignedString(count), max));
        }
        return (int) count;
    }

    /** Skips bytes, and returns the position of the first one. */
    int skip(long count) {
        require(count);
        int skipped = at;
        at += (int) count;
        return skipped;
    }

    byte[] array() {
        return bytes;
    }

    int position() {
        return at;
    }

    /** Ensures that nothing follows. */
    void requireEnd() {
        if (at != end) {
            throw new MalformedException("%d bytes are left over".formatted(end - at));
        }
    }
}
