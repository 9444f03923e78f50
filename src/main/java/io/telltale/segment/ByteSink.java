package io.telltale.segment;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing array of bytes with the elementary forms of the format. Reused after {@link #clear()}. */
final class ByteSink {

    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes = new byte[1_024];
    private int size;

    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
        }
    }

    void putByte(int value) {
        ensure(1);
        bytes[size++] = (byte) value;
    }

    void putInt(int value) {
        ensure(Integer.BYTES);
        INT.set(bytes, size, value);
        size += Integer.BYTES;
    }

    void putLong(long value) {
        ensure(Long.BYTES);
        LONG.set(bytes, size, value);
        size += Long.BYTES;
    }

    /** Seven bits per byte, the lowest first; the highest bit of a byte says that another follows. Unsigned. */
    void putVarint(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
    }

    /** A signed number as a varint that is short for small numbers of both signs. */
    void putZigzag(long value) {
        putVarint((value << 1) ^ (value >> 63));
    }

    void putBytes(byte[] source, int from, int length) {
        ensure(length);
        System.arraycopy(source, from, bytes, size, length);
        size += length;
    }

    /** Appends what another sink holds. */
    void putAll(ByteSink other) {
        putBytes(other.bytes, 0, other.size);
    }

    /** Appends the low {@code width} bits of each number, the first number in the lowest bits. */
    void putPacked(long[] numbers, int count, int width) {
        int length = (int) (((long) count * width + 7) >>> 3);
        ensure(length + Long.BYTES);
        int at = size;
        long filling = 0;
        int filled = 0;
        for (int i = 0; i < count; i++) {
            long number = numbers[i];
            filling |= number << filled;
            filled += width;
            if (filled >= Long.SIZE) {
                LONG.set(bytes, at, filling);
                at += Long.BYTES;
                filled -= Long.SIZE;
                filling = filled == 0 ? 0 : number >>> (width - filled);
            }
        }
        LONG.set(bytes, at, filling);
        size += length;
    }

    int size() {
        return size;
    }

    /** The array behind, valid until the next write. */
    byte[] array() {
        return bytes;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    void clear() {
        size = 0;
    }
}
