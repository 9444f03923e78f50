package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.AssertSubscriber;
import io.smallrye.mutiny.operators.multi.processors.UnicastProcessor;
import io.telltale.api.Order;
import io.telltale.sensors.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MergedPagesTest {

    private static final int MOST_IN_A_PAGE = 7;

    private record Recorded(StoredReading reading, long recordTimeMillis) {

        boolean winsOver(Recorded other) {
            return Comparator.comparingLong(Recorded::recordTimeMillis)
                            .thenComparing(recorded -> recorded.reading().origin())
                            .compare(this, other)
                    > 0;
        }
    }

    @Test
    void givesTheWinnersOfPlainLists() {
        Random random = new Random(21);
        for (int round = 0; round < 2_000; round++) {
            Order order = random.nextBoolean() ? Order.ASC : Order.DESC;
            TreeMap<Long, Recorded> winners = new TreeMap<>(comparator(order));
            List<Multi<ReadingPage>> streams = new ArrayList<>();
            for (int source = random.nextInt(1, 5); source > 0; source--) {
                TreeMap<Long, Recorded> readings = new TreeMap<>(comparator(order));
                for (int i = random.nextInt(40); i > 0; i--) {
                    Recorded recorded = recorded(random, random.nextInt(60));
                    readings.put(recorded.reading().timestampMillis(), recorded);
                }
                readings.forEach((millis, recorded) ->
                        winners.merge(millis, recorded, (one, other) -> one.winsOver(other) ? one : other));
                Multi<ReadingPage> pages = Multi.createFrom().iterable(pages(random, List.copyOf(readings.values())));
                // Some sources answer on another thread.
                streams.add(
                        random.nextInt(8) == 0
                                ? pages.onItem().call(page -> Uni.createFrom()
                                        .voidItem()
                                        .onItem()
                                        .delayIt()
                                        .by(Duration.ofNanos(1)))
                                : pages);
            }
            assertThat(all(MergedPages.of(streams, order)))
                    .as("round %d: %d sources %s", round, streams.size(), order)
                    .isEqualTo(winners.values().stream().map(Recorded::reading).toList());
        }
    }

    private static Comparator<Long> comparator(Order order) {
        return order == Order.ASC ? Comparator.naturalOrder() : Comparator.reverseOrder();
    }

    private static Recorded recorded(Random random, long millis) {
        return new Recorded(
                new StoredReading(
                        millis,
                        new Value.Numeric(random.nextInt()),
                        new RecordOrigin(1, random.nextInt(2), random.nextInt(1_000_000))),
                random.nextInt(3));
    }

    private static List<ReadingPage> pages(Random random, List<Recorded> readings) {
        List<ReadingPage> pages = new ArrayList<>();
        for (int from = 0; from < readings.size(); ) {
            int to = Math.min(readings.size(), from + random.nextInt(1, MOST_IN_A_PAGE + 1));
            ReadingPage.Builder page = new ReadingPage.Builder(true);
            readings.subList(from, to).forEach(recorded -> page.add(recorded.reading(), recorded.recordTimeMillis()));
            pages.add(page.build());
            from = to;
        }
        return pages;
    }

    private static List<StoredReading> all(Multi<List<StoredReading>> merged) {
        return merged.invoke(page -> assertThat(page).isNotEmpty())
                .collect()
                .in(ArrayList<StoredReading>::new, List::addAll)
                .await()
                .atMost(Duration.ofSeconds(10));
    }

    @Test
    void requestsAPageOnlyWhenTheOneBeforeIsUsedUp() {
        AtomicInteger requested = new AtomicInteger();
        Random random = new Random(3);
        Multi<ReadingPage> counted = Multi.createFrom()
                .range(0, 1_000)
                .map(i -> pages(random, List.of(recorded(random, i))).get(0))
                .invoke(requested::incrementAndGet);
        Multi<ReadingPage> far = Multi.createFrom()
                .item(pages(random, List.of(recorded(random, 5_000))).get(0));

        AssertSubscriber<List<StoredReading>> subscriber =
                MergedPages.of(List.of(counted, far), Order.ASC).subscribe().withSubscriber(AssertSubscriber.create(3));

        subscriber.awaitItems(3);
        assertThat(requested).hasValueBetween(3, 4);
        subscriber.cancel();
    }

    @Test
    void cancelsAllSources() {
        UnicastProcessor<ReadingPage> one = UnicastProcessor.create();
        UnicastProcessor<ReadingPage> other = UnicastProcessor.create();
        AtomicInteger cancelled = new AtomicInteger();
        AssertSubscriber<List<StoredReading>> subscriber = MergedPages.of(
                        List.of(
                                one.onCancellation().invoke(cancelled::incrementAndGet),
                                other.onCancellation().invoke(cancelled::incrementAndGet)),
                        Order.ASC)
                .subscribe()
                .withSubscriber(AssertSubscriber.create(1));
        assertThat(cancelled).hasValue(0);
        subscriber.cancel();
        assertThat(cancelled).hasValue(2);
    }

    @Test
    void failsWithASourceAndCancelsTheOthers() {
        UnicastProcessor<ReadingPage> silent = UnicastProcessor.create();
        AtomicInteger cancelled = new AtomicInteger();
        Multi<List<StoredReading>> merged = MergedPages.of(
                List.of(
                        silent.onCancellation().invoke(cancelled::incrementAndGet),
                        Multi.createFrom().failure(new StoreUnavailableException("no replica"))),
                Order.ASC);
        assertThatThrownBy(() -> all(merged)).isInstanceOf(StoreUnavailableException.class);
        assertThat(cancelled).hasValue(1);
    }

    @Test
    void aSingleSourceNeedsNoRecordTimes() {
        List<StoredReading> readings = List.of(
                recorded(new Random(1), 1).reading(), recorded(new Random(2), 2).reading());
        assertThat(all(MergedPages.of(List.of(Multi.createFrom().item(new ReadingPage(readings))), Order.ASC)))
                .isEqualTo(readings);
    }
}
