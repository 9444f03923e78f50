package io.telltale.letters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.letters.LetterPage.Stop;
import io.telltale.settings.ManualClock;
import io.telltale.wire.Rejection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class LetterScanTest {

    private static final long BYTES = 1 << 20;
    private static final LetterFilter ANY = new LetterFilter(null, null, null, OptionalLong.empty());

    private final ManualClock clock = new ManualClock(Instant.parse("2026-01-31T12:00:00Z"));
    private final LetterLog log = new LetterLog(3);

    @Test
    void returnsLettersOfAllPartitionsNewestFirst() {
        List<LetterId> oldestFirst = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            oldestFirst.add(log.add(random.nextInt(3), 1_000 + i, "k", "b" + i));
        }
        LetterPage page = page(log.ranges(), ANY, 1_000, BYTES);
        assertThat(page.stop()).isNull();
        assertThat(page.next()).isNull();
        assertThat(ids(page)).isEqualTo(reversed(oldestFirst));
    }

    @Test
    void pagesJoinWithoutGapsOrRepeats() {
        List<LetterId> oldestFirst = new ArrayList<>();
        Random random = new Random(2);
        for (int i = 0; i < 700; i++) {
            // Many equal times: the order among them must not depend on the page.
            oldestFirst.add(log.add(random.nextInt(3), 1_000 + i / 10, "k", "b"));
        }
        List<LetterId> found = new ArrayList<>();
        LetterRanges ranges = log.ranges();
        LetterPage page = page(ranges, ANY, 64, BYTES);
        while (page.stop() == Stop.LIMIT) {
            assertThat(page.letters()).hasSize(64);
            found.addAll(ids(page));
            page = page(ranges.before(viaCursor(Objects.requireNonNull(page.next()))), ANY, 64, BYTES);
        }
        found.addAll(ids(page));
        assertThat(page.stop()).isNull();
        assertThat(found).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(oldestFirst);
        assertThat(times(found)).isSortedAccordingTo(Comparator.reverseOrder());
    }

    private final Map<LetterId, Long> timesById = new HashMap<>();

    private List<Long> times(List<LetterId> ids) {
        page(log.ranges(), ANY, 1_000, BYTES)
                .letters()
                .forEach(letter -> timesById.put(letter.id(), letter.record().timestamp()));
        return ids.stream().map(id -> Objects.requireNonNull(timesById.get(id))).toList();
    }

    @Test
    void readsOnlyTheEndIfTheNewestMatch() {
        for (int i = 0; i < 10_000; i++) {
            log.add(i % 3, i, "k", "b");
        }
        assertThat(page(log.ranges(), ANY, 10, BYTES).letters()).hasSize(10);
        assertThat(log.polls()).isLessThan(20);
    }

    @Test
    void findsARareLetterBehindTransactionMarkers() {
        LetterId rare = log.add(1, 1, "k", "b", "dead-letter-reason", "too-large");
        log.addMarkers(1, 300);
        for (int i = 0; i < 5_000; i++) {
            log.add(1, 2 + i, "k", "b", "dead-letter-reason", "malformed");
        }
        log.addMarkers(1, 1);
        LetterPage page =
                page(log.ranges(), new LetterFilter(Rejection.TOO_LARGE, null, null, OptionalLong.empty()), 100, BYTES);
        assertThat(ids(page)).containsExactly(rare);
        assertThat(page.stop()).isNull();
    }

    @Test
    void stopsAtTheFirstOffsetOfItsRange() {
        for (int i = 0; i < 200; i++) {
            log.add(0, i, "k", "b");
        }
        assertThat(page(log.rangesFrom(150), ANY, 1_000, BYTES).letters()).hasSize(50);
    }

    @Test
    void endsAPageByTheSizeOfItsLetters() {
        for (int i = 0; i < 20; i++) {
            log.add(i % 2, i, "k", "x".repeat(1_000));
        }
        LetterPage page = page(log.ranges(), ANY, 100, 5_500);
        assertThat(page.stop()).isEqualTo(Stop.SIZE);
        assertThat(page.letters()).hasSize(5);
        List<LetterId> all = new ArrayList<>(ids(page));
        while (page.next() != null) {
            page = page(log.ranges().before(page.next()), ANY, 100, 5_500);
            all.addAll(ids(page));
        }
        assertThat(all).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    void returnsALetterThatIsLargerThanAPage() {
        log.add(0, 1, "k", "x".repeat(9_000));
        log.add(0, 2, "k", "x".repeat(9_000));
        assertThat(page(log.ranges(), ANY, 100, 5_000).letters()).hasSize(1);
    }

    @Test
    void saysWhereItStoppedAtTheDeadline() {
        for (int i = 0; i < 20_000; i++) {
            log.add(0, i, "k", "b", "dead-letter-reason", i == 0 ? "too-large" : "malformed");
        }
        log.onPoll(() -> clock.move(Duration.ofMillis(50)));
        LetterFilter rare = new LetterFilter(Rejection.TOO_LARGE, null, null, OptionalLong.empty());
        LetterPage page = page(log.ranges(), rare, 100, BYTES);
        assertThat(page.stop()).isEqualTo(Stop.TIME);
        assertThat(page.letters()).isEmpty();
        int pages = 1;
        while (page.stop() == Stop.TIME) {
            page = page(log.ranges().before(Objects.requireNonNull(page.next())), rare, 100, BYTES);
            pages++;
        }
        assertThat(page.letters()).hasSize(1);
        assertThat(pages).isLessThan(10);
    }

    @Test
    void failsIfKafkaReturnsNothing() {
        log.add(0, 1, "k", "b");
        log.onPoll(() -> {
            clock.move(Duration.ofSeconds(6));
            log.setPollException(new TimeoutException("paused"));
        });
        assertThatThrownBy(() -> page(log.ranges(), ANY, 10, BYTES)).isInstanceOf(TimeoutException.class);
    }

    @Test
    void failsIfTimeIsOverBeforeTheFirstChunk() {
        log.add(0, 1, "k", "b");
        ReadLimits over = ReadLimits.of(10, BYTES, Duration.ZERO, clock, () -> false);
        assertThatThrownBy(() -> LetterScan.page(log, log.ranges(), ANY, over)).isInstanceOf(TimeoutException.class);
    }

    @Test
    void readsNothingOfARecreatedTopicBehindACursor() {
        log.add(0, 1, "k", "b");
        LetterRanges rest = log.ranges().before(new LetterPosition(7, List.of(1L, 0L, 0L)));
        assertThat(page(rest, ANY, 10, BYTES).letters()).isEmpty();
    }

    private LetterPage page(LetterRanges ranges, LetterFilter filter, int letters, long bytes) {
        return LetterScan.page(
                log, ranges, filter, ReadLimits.of(letters, bytes, Duration.ofSeconds(5), clock, () -> false));
    }

    private static LetterPosition viaCursor(LetterPosition position) {
        return LetterPosition.of(position.toBytes()).orElseThrow();
    }

    private static List<LetterId> ids(LetterPage page) {
        return page.letters().stream().map(DeadLetter::id).toList();
    }

    private static <T> List<T> reversed(List<T> list) {
        List<T> copy = new ArrayList<>(list);
        Collections.reverse(copy);
        return copy;
    }
}
