package io.telltale.segment;

import io.telltale.sensors.Value;

/** Writes the columns of a {@link Block}. Reused. */
final class BlockEncoder {

    private final IntegerColumnEncoder encoder = new IntegerColumnEncoder();
    private final IntegerColumnEncoder otherEncoder = new IntegerColumnEncoder();
    private final NumberColumnEncoder numberEncoder = new NumberColumnEncoder();
    private final TextColumnEncoder textEncoder = new TextColumnEncoder();
    private final OriginColumnEncoder originEncoder = new OriginColumnEncoder();
    private long[] column = new long[0];
    private long[] otherColumn = new long[0];
    private double[] numbers = new double[0];
    private String[] texts = new String[0];

    /** Writes the rows from {@code from} to {@code to}, exclusive; at least one. */
    void encode(BlockRows rows, int from, int to, ByteSink sink) {
        int size = to - from;
        if (column.length < size) {
            int capacity = Math.max(IntegerColumn.CHUNK, size + size / 2);
            column = new long[capacity];
            otherColumn = new long[capacity];
            numbers = new double[capacity];
            texts = new String[capacity];
        }
        System.arraycopy(rows.times, from, column, 0, size);
        encoder.encode(column, size, sink);
        encodeRecordTimes(rows, from, size, sink);
        originEncoder.encode(rows.epochs, rows.positions, from, to, sink);
        for (int i = 0; i < size; i++) {
            long expiry = rows.expiries[from + i];
            column[i] = expiry == SegmentReading.NEVER ? 0 : expiry - Block.secondOf(rows.times[from + i]);
        }
        encoder.encode(column, size, sink);
        encodeValues(rows, from, size, sink);
    }

    /** A live reading's record time follows its event time; those of a backfill follow each other. */
    private void encodeRecordTimes(BlockRows rows, int from, int size, ByteSink sink) {
        for (int i = 0; i < size; i++) {
            column[i] = rows.recordTimes[from + i];
            otherColumn[i] = column[i] - rows.times[from + i];
        }
        if (otherEncoder.plan(otherColumn, size, false) <= encoder.plan(column, size, false)) {
            sink.putByte(Block.RECORD_TIMES_BY_EVENT);
            otherEncoder.write(otherColumn, size, sink);
        } else {
            sink.putByte(Block.RECORD_TIMES);
            encoder.write(column, size, sink);
        }
    }

    private void encodeValues(BlockRows rows, int from, int size, ByteSink sink) {
        int numberCount = 0;
        int textCount = 0;
        for (int i = 0; i < size; i++) {
            Value value = rows.values[from + i];
            if (value instanceof Value.Numeric numeric) {
                column[i] = Block.NUMBER;
                numbers[numberCount++] = numeric.number();
            } else if (value instanceof Value.Flag flag) {
                column[i] = flag.flag() ? Block.TRUE : Block.FALSE;
            } else {
                column[i] = Block.TEXT;
                texts[textCount++] = ((Value.Text) value).text();
            }
        }
        encoder.encode(column, size, sink);
        if (numberCount > 0) {
            numberEncoder.encode(numbers, numberCount, sink);
        }
        if (textCount > 0) {
            textEncoder.encode(texts, textCount, sink);
        }
    }
}
