package io.telltale.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Reading;
import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the readings of one sensor without decoding them. Booleans are the numbers 0 and 1; texts are
 * readings to {@link #count()}, {@link #first()} and {@link #last()} only.
 */
public final class SegmentSummary {

    private static final int VERSION = 1;
    private static final int CHECKSUM_BYTES = 4;

    private final long count;
    private final Timed first;
    private final Timed last;
    private final @Nullable Numbers numbers;

    /** A value and its event time. */
    record Timed(long timestampMillis, Value value) implements TimedValue {}

    /**
     * Statistics of the numbers.
     *
     * @param count how many there are, at least 1
     * @param sum the sum, without {@code lost}
     * @param lost what rounding took from the sum
     * @param squares the sum of the squared distances to the mean
     * @param values numbers in ascending order that stand for all
     * @param weights how many numbers each of them stands for
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, and not visible outside the package.
    record Numbers(
            long count,
            double min,
            double max,
            double sum,
            double lost,
            double squares,
            double[] values,
            long[] weights) {}

    SegmentSummary(long count, Timed first, Timed last, @Nullable Numbers numbers) {
        this.count = count;
        this.first = first;
        this.last = last;
        this.numbers = numbers;
    }

    /** The number of readings, at least 1. */
    public long count() {
        return count;
    }

    /** The reading with the least event time. */
    public TimedValue first() {
        return first;
    }

    /** The reading with the greatest event time. */
    public TimedValue last() {
        return last;
    }

    /**
     * Whether the numbers are summarized. False if all readings are texts, and if a number is beyond 2<sup>480</sup>,
     * because squares would overflow: then the readings themselves are needed.
     */
    public boolean hasNumbers() {
        return numbers != null;
    }

    private Numbers numbers() {
        if (numbers == null) {
            throw new IllegalStateException("no numbers are summarized");
        }
        return numbers;
    }

    /** How many numbers and booleans there are. */
    public long numberCount() {
        return numbers().count();
    }

    public double min() {
        return numbers().min();
    }

    public double max() {
        return numbers().max();
    }

    /** The sum of the numbers, rounded; {@link #lost()} is what is missing. */
    public double sum() {
        return numbers().sum();
    }

    /** What the rounding of {@link #sum()} lost: Neumaier's compensation. */
    public double lost() {
        return numbers().lost();
    }

    /**
     * The sum of the squared distances to the mean, which is the sum of {@link #sum()} and {@link #lost()}, divided by
     * {@link #numberCount()}. Summaries merge by it without cancellation.
     */
    public double squares() {
        return numbers().squares();
    }

    /** The number of points of the quantile sketch, 1 to {@value Summarizer#MAX_POINTS}. */
    public int points() {
        return numbers().values().length;
    }

    /** The number of a point; points ascend. */
    public double pointValue(int point) {
        return numbers().values()[point];
    }

    /** How many numbers a point stands for. */
    public long pointWeight(int point) {
        return numbers().weights()[point];
    }

    /** The bytes of the summary, as {@code docs/format.md} describes them. */
    public byte[] encode() {
        ByteSink sink = new ByteSink();
        sink.putByte(VERSION);
        sink.putVarint(count);
        sink.putZigzag(first.timestampMillis());
        sink.putVarint(last.timestampMillis() - first.timestampMillis());
        putValue(first.value(), sink);
        putValue(last.value(), sink);
        Numbers statistics = numbers;
        sink.putVarint(statistics == null ? 0 : statistics.count());
        if (statistics != null) {
            putDouble(statistics.min(), sink);
            putDouble(statistics.max(), sink);
            putDouble(statistics.sum(), sink);
            putDouble(statistics.lost(), sink);
            putDouble(statistics.squares(), sink);
            int points = statistics.values().length;
            sink.putVarint(points);
            new NumberColumnEncoder().encode(statistics.values(), points, sink);
            new IntegerColumnEncoder().encode(statistics.weights(), points, sink);
        }
        sink.putInt(checksum(sink.array(), sink.size()));
        return sink.toBytes();
    }

    private static void putDouble(double number, ByteSink sink) {
        sink.putLong(Double.doubleToRawLongBits(number));
    }

    private static void putValue(Value value, ByteSink sink) {
        if (value instanceof Value.Numeric numeric) {
            sink.putByte(Block.NUMBER);
            putDouble(numeric.number(), sink);
        } else if (value instanceof Value.Flag flag) {
            sink.putByte(flag.flag() ? Block.TRUE : Block.FALSE);
        } else {
            byte[] text = ((Value.Text) value).text().getBytes(UTF_8);
            sink.putByte(Block.TEXT);
            sink.putVarint(text.length);
            sink.putBytes(text, 0, text.length);
        }
    }

    /**
     * Reads a summary.
     *
     * @throws DamagedSegmentException if the bytes are damaged
     * @throws UnsupportedSegmentVersionException if they are intact, and of another version
     */
    public static SegmentSummary decode(byte[] bytes) {
        int end = bytes.length - CHECKSUM_BYTES;
        if (end < 1 || (int) ByteSink.INT.get(bytes, end) != checksum(bytes, end)) {
            throw new DamagedSegmentException("summary: wrong checksum");
        }
        try {
            return read(new ByteSource(bytes, 0, end));
        } catch (MalformedException e) {
            throw new DamagedSegmentException("summary: " + e.reason());
        }
    }

    private static SegmentSummary read(ByteSource source) {
        int version = source.readByte();
        if (version != VERSION) {
            throw new UnsupportedSegmentVersionException(version);
        }
        long count = source.readVarint();
        long first = source.readZigzag();
        long duration = source.readVarint();
        if (first < Reading.MIN_TIMESTAMP_MILLIS
                || first > Reading.MAX_TIMESTAMP_MILLIS
                || duration < 0
                || duration > Reading.MAX_TIMESTAMP_MILLIS - first) {
            throw new MalformedException("a summary is not within the years 0000 to 9999");
        }
        Timed firstReading = new Timed(first, readValue(source));
        Timed lastReading = new Timed(first + duration, readValue(source));
        long numberCount = source.readVarint();
        if (count < 1 || numberCount < 0 || numberCount > count) {
            throw new MalformedException("a count is out of range");
        }
        Numbers numbers = numberCount == 0 ? null : readNumbers(source, numberCount);
        source.requireEnd();
        return new SegmentSummary(count, firstReading, lastReading, numbers);
    }

    private static Numbers readNumbers(ByteSource source, long count) {
        double min = readDouble(source);
        double max = readDouble(source);
        double sum = readDouble(source);
        double lost = readDouble(source);
        double squares = readDouble(source);
        int points = source.readCount(Summarizer.MAX_POINTS);
        if (points == 0) {
            throw new MalformedException("a sketch has no points");
        }
        double[] values = new double[points];
        long[] weights = new long[points];
        new NumberColumn(source, points).decode(0, points, values, new long[2][IntegerColumn.CHUNK]);
        new IntegerColumn(source, points).decode(0, points, weights, new long[IntegerColumn.CHUNK]);
        return new Numbers(count, min, max, sum, lost, squares, values, weights);
    }

    private static double readDouble(ByteSource source) {
        double number = Double.longBitsToDouble(source.readLong());
        if (!Double.isFinite(number)) {
            throw new MalformedException("a number is not finite");
        }
        return number;
    }

    private static Value readValue(ByteSource source) {
        int kind = source.readByte();
        return switch (kind) {
            case Block.NUMBER -> new Value.Numeric(readDouble(source));
            case Block.FALSE -> Value.Flag.FALSE;
            case Block.TRUE -> Value.Flag.TRUE;
            case Block.TEXT -> {
                int length = source.readCount(TextColumn.MAX_TEXT_BYTES);
                int from = source.skip(length);
                yield TextColumn.decodeText(source.array(), from, from + length);
            }
            default -> throw new MalformedException("a value has the unknown kind %d".formatted(kind));
        };
    }

    private static int checksum(byte[] bytes, int end) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, end);
        return (int) checksum.getValue();
    }
}
