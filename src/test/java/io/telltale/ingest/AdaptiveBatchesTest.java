package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdaptiveBatchesTest {

    @Test
    void takesAllAsOneBatch() {
        AdaptiveBatches<Integer> thousand = new AdaptiveBatches<>(numbers(1_000));
        assertThat(thousand.next()).isEqualTo(numbers(1_000));
        thousand.done();
        assertThat(thousand.isMore()).isFalse();
    }

    @Test
    void halvesAfterAFailureAndDoublesAfterASuccess() {
        AdaptiveBatches<Integer> ten = new AdaptiveBatches<>(numbers(10));
        ten.failed();
        assertThat(ten.next()).containsExactly(0, 1, 2, 3, 4);
        ten.failed();
        assertThat(ten.next()).containsExactly(0, 1);
        ten.done();
        assertThat(ten.isMore()).isTrue();
        assertThat(ten.next()).containsExactly(2, 3, 4, 5);
        ten.done();
        assertThat(ten.next()).containsExactly(6, 7, 8, 9);
        ten.failed();
        ten.failed();
        ten.failed();
        assertThat(ten.next()).containsExactly(6);
    }

    @Test
    void completesAllBeforeAFailingElement() {
        AdaptiveBatches<Integer> hundred = new AdaptiveBatches<>(numbers(100));
        List<Integer> done = new ArrayList<>();
        for (int attempt = 0; attempt < 50; attempt++) {
            if (hundred.next().contains(70)) {
                hundred.failed();
            } else {
                done.addAll(hundred.next());
                hundred.done();
            }
        }
        assertThat(done).isEqualTo(numbers(70));
        assertThat(hundred.next()).containsExactly(70);
    }

    @Test
    void completesEachElementOnceInOrder() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(300);
            AdaptiveBatches<Integer> some = new AdaptiveBatches<>(numbers(count));
            List<Integer> done = new ArrayList<>();
            while (some.isMore()) {
                // Each element is a request, of which one in a hundred fails.
                if (some.next().stream().anyMatch(element -> random.nextInt(100) == 0)) {
                    some.failed();
                } else {
                    done.addAll(some.next());
                    some.done();
                }
            }
            assertThat(done).as("seed %d", seed).isEqualTo(numbers(count));
        }
    }

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }
}
