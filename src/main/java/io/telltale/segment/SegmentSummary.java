package io.telltale.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Reading;
import io.telltale.sensors.ReadingsSummary;
import io.telltale.sensors.TimedValue;
import io.telltale.sensors.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What is known of some readings of a segment without decoding them: of those in one hour, or in more hours if an hour
 * has few.
 */
public final class SegmentSummary implements ReadingsSummary {

    private static final int VERSION = 2;
    private static final int CHECKSUM_BYTES = 4;

    // Flags of a summary.

    private static final int STATISTICS = 1;
    private static final int EXPIRING = 2;

    private final long count;
    private final Timed first;
    private final Timed last;
    private final long firstExpirySecond;
    private final long numberCount;
    private final @Nullable Numbers numbers;

    /** A value and its event time. */
    record Timed(long timestampMillis, Value value) implements TimedValue {}

    /**
     * Statistics of the numbers.
     *
     * @param sum the sum, without {@code lost}
     * @param lost what rounding took from the sum
     * @param squares the sum of the squared distances to the mean
     * @param different the different numbers in ascending order; none if there are many
     * @param occurrences how often each of them occurs
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, and not visible outside the package.
    record Numbers(
            double min, double max, double sum, double lost, double squares, double[] different, long[] occurrences) {}

    SegmentSummary(
            long count, Timed first, Timed last, long firstExpirySecond, long numberCount, @Nullable Numbers numbers) {
        this.count = count;
        this.first = first;
        this.last = last;
        this.firstExpirySecond = firstExpirySecond;
        this.numberCount = numberCount;
        this.numbers = numbers;
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public TimedValue first() {
        return first;
    }

    @Override
    public TimedValue last() {
        return last;
    }

    /**
     * When the first of the readings expires, in seconds since the epoch; {@link SegmentReading#NEVER} without expiry.
     */
    public long firstExpirySecond() {
        return firstExpirySecond;
    }

    @Override
    public long numberCount() {
        return numberCount;
    }

    @Override
    public boolean hasStatistics() {
        return numbers != null;
    }

    private Numbers numbers() {
        if (numbers == null) {
            throw new IllegalStateException("no numbers are summarized");
        }
        return numbers;
    }

    @Override
    public double min() {
        return numbers().min();
    }

    @Override
    public double max() {
        return numbers().max();
    }

    @Override
    public double sum() {
        return numbers().sum();
    }

    @Override
    public double lost() {
        return numbers().lost();
    }

    @Override
    public double squares() {
        return numbers().squares();
    }

    @Override
    public boolean hasAllNumbers() {
        return numbers != null && numbers.different().length > 0;
    }

    @Override
    public int differentNumbers() {
        return numbers == null ? 0 : numbers.different().length;
    }

    @Override
    public double number(int index) {
        return numbers().different()[index];
    }

    @Override
    public long occurrences(int index) {
        return numbers().occurrences()[index];
    }

    /** The bytes of the summaries of a segment, as {@code docs/format.md} describes them. */
    public static byte[] encode(List<SegmentSummary> summaries) {
        ByteSink sink = new ByteSink();
        sink.putByte(VERSION);
        sink.putVarint(summaries.size());
        summaries.forEach(summary -> summary.write(sink));
        sink.putInt(checksum(sink.array(), sink.size()));
        return sink.toBytes();
    }

    private void write(ByteSink sink) {
        boolean isExpiring = firstExpirySecond != SegmentReading.NEVER;
        sink.putByte((numbers == null ? 0 : STATISTICS) | (isExpiring ? EXPIRING : 0));
        sink.putVarint(count);
        sink.putZigzag(first.timestampMillis());
        sink.putVarint(last.timestampMillis() - first.timestampMillis());
        if (isExpiring) {
            sink.putZigzag(firstExpirySecond);
        }
        putValue(first.value(), sink);
        putValue(last.value(), sink);
        sink.putVarint(numberCount);
        Numbers statistics = numbers;
        if (statistics != null) {
            putDouble(statistics.min(), sink);
            putDouble(statistics.max(), sink);
            putDouble(statistics.sum(), sink);
            putDouble(statistics.lost(), sink);
            putDouble(statistics.squares(), sink);
            int different = statistics.different().length;
            sink.putVarint(different);
            if (different > 0) {
                new NumberColumnEncoder().encode(statistics.different(), different, sink);
                new IntegerColumnEncoder().encode(statistics.occurrences(), different, sink);
            }
        }
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
     * Reads the summaries of a segment, in order of time.
     *
     * @throws DamagedSegmentException if the bytes are damaged
     * @throws UnsupportedSegmentVersionException if they are intact, and of another version
     */
    public static List<SegmentSummary> decode(byte[] bytes) {
        int end = bytes.length - CHECKSUM_BYTES;
        if (end < 1 || (int) ByteSink.INT.get(bytes, end) != checksum(bytes, end)) {
            throw new DamagedSegmentException("summary: wrong checksum");
        }
        try {
            return readAll(new ByteSource(bytes, 0, end), end);
        } catch (MalformedException e) {
            throw new DamagedSegmentException("summary: " + e.reason());
        }
    }

    private static List<SegmentSummary> readAll(ByteSource source, int bytes) {
        int version = source.readByte();
        if (version != VERSION) {
            throw new UnsupportedSegmentVersionException(version);
        }
        // Each takes more than a byte, so the count allocates no more than the bytes.
        int count = source.readCount(bytes);
        List<SegmentSummary> summaries = new ArrayList<>(count);
        long before = Long.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            SegmentSummary summary = read(source);
            if (summary.first.timestampMillis() <= before) {
                throw new MalformedException("summaries are not in order of time");
            }
            before = summary.last.timestampMillis();
            summaries.add(summary);
        }
        source.requireEnd();
        return summaries;
    }

    private static SegmentSummary read(ByteSource source) {
        int flags = source.readByte();
        if (flags > (STATISTICS | EXPIRING)) {
            throw new MalformedException("a summary has the unknown flags %d".formatted(flags));
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
        long expirySecond = (flags & EXPIRING) == 0 ? SegmentReading.NEVER : source.readZigzag();
        Timed firstReading = new Timed(first, readValue(source));
        Timed lastReading = new Timed(first + duration, readValue(source));
        long numberCount = source.readVarint();
        boolean hasStatistics = (flags & STATISTICS) != 0;
        if (count < 1 || numberCount < (hasStatistics ? 1 : 0) || numberCount > count) {
            throw new MalformedException("a count is out of range");
        }
        return new SegmentSummary(
                count,
                firstReading,
                lastReading,
                expirySecond,
                numberCount,
                hasStatistics ? readNumbers(source, numberCount) : null);
    }

    private static Numbers readNumbers(ByteSource source, long numberCount) {
        double min = readDouble(source);
        double max = readDouble(source);
        double sum = readDouble(source);
        double lost = readDouble(source);
        double squares = readDouble(source);
        int different = source.readCount(Summarizer.MAX_DIFFERENT);
        double[] values = new double[different];
        long[] occurrences = new long[different];
        if (different > 0) {
            // Less than a chunk, so shorter arrays suffice: a year of hours would allocate 50 MB.
            new NumberColumn(source, different).decode(0, different, values, new long[2][different]);
            new IntegerColumn(source, different).decodeChunk(0, occurrences);
            requireTotal(occurrences, numberCount);
        }
        return new Numbers(min, max, sum, lost, squares, values, occurrences);
    }

    private static void requireTotal(long[] occurrences, long total) {
        long left = total;
        for (long times : occurrences) {
            if (times < 1 || times > left) {
                throw new MalformedException("a number occurs too often");
            }
            left -= times;
        }
        if (left > 0) {
            throw new MalformedException("numbers are missing");
        }
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
