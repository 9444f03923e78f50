package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.MutatedBodies.Example;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Decodes mutations of accepted records: each is accepted or rejected, and nothing is thrown. */
class MutatedBodiesTest {

    private static final long SEED = 20261129;
    private static final int MUTATIONS = 1_000;

    private static final SensorType TYPE = new SensorType(MutatedBodies.TYPE);
    private static final long RECORD_TIME_MILLIS = 1_769_862_900_000L;

    private final RecordDecoder decoder = new RecordDecoder();

    static List<Example> records() {
        return MutatedBodies.records();
    }

    @ParameterizedTest
    @MethodSource("records")
    void acceptsTheExample(Example example) {
        DecodeResult decoded = decode(example, example.body());

        assertThat(decoded.rejected()).isNull();
        assertThat(decoded.accepted()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("records")
    void acceptsOrRejectsEachMutation(Example example) {
        Random random = new Random(SEED);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] body = MutatedBodies.mutate(example.body(), random);
            assertThatCode(() -> check(decode(example, body)))
                    .as("seed %d, mutation %d: %s", SEED, i, new String(body, UTF_8))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void reachesMostReasonsAndManyAcceptedReadings() {
        Random random = new Random(SEED);
        Set<Rejection> reasons = new HashSet<>();
        int accepted = 0;
        for (Example example : MutatedBodies.records()) {
            for (int i = 0; i < MUTATIONS; i++) {
                DecodeResult decoded = decode(example, MutatedBodies.mutate(example.body(), random));
                accepted += decoded.accepted().isEmpty() ? 0 : 1;
                if (decoded.rejected() != null) {
                    reasons.add(decoded.rejected().reason());
                }
            }
        }
        assertThat(reasons)
                .contains(
                        Rejection.MALFORMED,
                        Rejection.MISSING_FIELD,
                        Rejection.INVALID_SENSOR_ID,
                        Rejection.TYPE_MISMATCH,
                        Rejection.INVALID_TIMESTAMP,
                        Rejection.TIMESTAMP_IN_FUTURE,
                        Rejection.INVALID_VALUE);
        assertThat(accepted).as("accepted mutations").isGreaterThan(MUTATIONS);
    }

    private static void check(DecodeResult decoded) {
        Rejected rejected = decoded.rejected();
        if (rejected != null) {
            // Details become headers and lines of a log.
            assertThat(rejected.detail()).isNotBlank().hasSizeLessThan(5_000);
            assertThat(rejected.detail().codePoints()).noneMatch(Character::isISOControl);
            assertThat(new String(rejected.detail().getBytes(UTF_8), UTF_8)).isEqualTo(rejected.detail());
        } else {
            assertThat(decoded.accepted()).isNotEmpty();
        }
        decoded.accepted().forEach(MutatedBodiesTest::checkRoundTrip);
    }

    private static void checkRoundTrip(Accepted accepted) {
        byte[] body = new ReadingEncoder().body(accepted.reading(), accepted.description());
        assertThat(new ReadingDecoder().decode(TYPE, null, body, RECORD_TIME_MILLIS))
                .isEqualTo(new Accepted(accepted.reading(), accepted.description()));
    }

    private DecodeResult decode(Example example, byte[] body) {
        Map<String, String> headers = example.headers();
        HeaderValues values = headers.isEmpty()
                ? HeaderValues.NONE
                : name -> headers.containsKey(name) ? headers.get(name).getBytes(UTF_8) : null;
        return decoder.decode(TYPE, values, null, body, RECORD_TIME_MILLIS);
    }
}
