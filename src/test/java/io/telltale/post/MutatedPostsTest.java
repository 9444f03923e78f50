package io.telltale.post;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.telltale.kafka.DroppedFields;
import io.telltale.kafka.TopicLabels;
import io.telltale.post.PostBody.UnreadableBodyException;
import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.MutatedBodies;
import io.telltale.wire.MutatedBodies.Example;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Parses mutations of accepted bodies, in chunks: each element is accepted or rejected, or the body is unreadable. */
class MutatedPostsTest {

    private static final long SEED = 20261129;
    private static final int MUTATIONS = 1_000;
    private static final long NOW_MILLIS = 1_769_862_900_000L;

    private final DroppedFields droppedFields = new DroppedFields(new SimpleMeterRegistry(), new TopicLabels());

    static List<Example> posts() {
        return MutatedBodies.posts();
    }

    @ParameterizedTest
    @MethodSource("posts")
    void readsTheExample(Example example) throws Exception {
        assertThat(accepted(example, example.body(), new Random(SEED))).isPositive();
    }

    @ParameterizedTest
    @MethodSource("posts")
    void readsOrRefusesEachMutation(Example example) {
        Random random = new Random(SEED);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] body = MutatedBodies.mutate(example.body(), random);
            assertThatCode(() -> {
                        try {
                            assertThat(accepted(example, body, random)).isNotNegative();
                        } catch (UnreadableBodyException e) {
                            assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
                        }
                    })
                    .as("seed %d, mutation %d: %s", SEED, i, new String(body, UTF_8))
                    .doesNotThrowAnyException();
        }
    }

    private int accepted(Example example, byte[] body, Random random) throws UnreadableBodyException {
        PostBody parser =
                switch (example.name()) {
                    case "application/json" -> new JsonPostBody(-1);
                    case "application/x-ndjson" -> new NdjsonPostBody();
                    default -> new SenMlPostBody(new SensorType(MutatedBodies.TYPE), -1, droppedFields);
                };
        int accepted = 0;
        int from = 0;
        while (from < body.length) {
            int to = from + 1 + random.nextInt(body.length - from);
            parser.add(Arrays.copyOfRange(body, from, to));
            accepted += acceptedOf(parser);
            from = to;
        }
        parser.end(NOW_MILLIS);
        while (!parser.isReadable()) {
            // Checks the next part.
        }
        return accepted + acceptedOf(parser);
    }

    private static int acceptedOf(PostBody parser) {
        int accepted = 0;
        for (PostedElement one = parser.next(NOW_MILLIS); one != null; one = parser.next(NOW_MILLIS)) {
            if (one.verdict() instanceof Rejected rejected) {
                assertThat(rejected.detail()).isNotBlank().doesNotContain("\n");
            } else {
                accepted++;
            }
        }
        return accepted;
    }
}
