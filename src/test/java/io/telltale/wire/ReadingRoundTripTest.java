package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.wire.DecodeResult.Accepted;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingRoundTripTest {

    private static final String LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final String NAME_CHARACTERS = LETTERS_AND_DIGITS + "._:-";
    private static final String TYPE_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void decodesEncodedReadings(long seed) {
        Random random = new Random(seed);
        ReadingEncoder encoder = new ReadingEncoder();
        ReadingDecoder decoder = new ReadingDecoder();
        for (int i = 0; i < 30_000; i++) {
            Reading reading = randomReading(random);
            Description description = Description.of(
                    random.nextBoolean() ? null : randomUnit(random), random.nextBoolean() ? null : name(random, 64));
            byte @Nullable [] key =
                    random.nextBoolean() ? null : reading.sensorId().value().getBytes(UTF_8);

            byte[] body = encoder.body(reading, description);

            assertThat(decoder.decode(reading.type(), key, body, reading.timestampMillis()))
                    .as(() -> new String(body, UTF_8))
                    .isEqualTo(new Accepted(reading, description));
        }
    }

    static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(40); left > 0; left--) {
            int limit = new int[] {0x20, 0x80, 0x800, 0x10000, 0x110000}[random.nextInt(5)];
            int codePoint = random.nextInt(limit);
            boolean half = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
            text.appendCodePoint(half ? 'x' : codePoint);
        }
        return text.toString();
    }

    private static Reading randomReading(Random random) {
        String type = "abc".charAt(random.nextInt(3)) + characters(random, TYPE_CHARACTERS, random.nextInt(63));
        long span = Reading.MAX_TIMESTAMP_MILLIS - Reading.MIN_TIMESTAMP_MILLIS + 1;
        long millis = Reading.MIN_TIMESTAMP_MILLIS + Math.floorMod(random.nextLong(), span);
        return new Reading(new SensorId(name(random, 128)), new SensorType(type), millis, randomValue(random));
    }

    private static Value randomValue(Random random) {
        switch (random.nextInt(4)) {
            case 0 -> {
                double any = Double.longBitsToDouble(random.nextLong());
                return new Value.Numeric(Double.isFinite(any) ? any : -0.0);
            }
            case 1 -> {
                return new Value.Numeric(random.nextInt(100_000) / 100.0);
            }
            case 2 -> {
                return Value.Flag.of(random.nextBoolean());
            }
            default -> {
                return new Value.Text(randomText(random));
            }
        }
    }

    private static String name(Random random, int maxLength) {
        return characters(random, LETTERS_AND_DIGITS, 1)
                + characters(random, NAME_CHARACTERS, random.nextInt(maxLength));
    }

    private static String randomUnit(Random random) {
        StringBuilder unit = new StringBuilder();
        for (int left = 1 + random.nextInt(16); left > 0; left--) {
            unit.append((char) ('!' + random.nextInt('~' - '!' + 1)));
        }
        return unit.toString();
    }

    private static String characters(Random random, String alphabet, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
