package io.telltale.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.evaluate.History.Observed;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.History.Write;
import io.telltale.evaluate.HistoryChecker.Staleness;
import io.telltale.evaluate.HistoryChecker.Verdict;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("long")
class HistoryCheckerTest {

    private static final History.Key KEY = new History.Key("a", 0);
    /** Record times and order of arrival agree; durable at 1, 2 and 3 ms. */
    private static final List<Write> LEDGER =
            List.of(write("one", 1, 1, 1_000), write("two", 2, 2, 2_000), write("three", 3, 3, 3_000));

    @Test
    void acceptsTheNewestAndWritesInFlight() {
        List<Write> ledger = List.of(write("one", 1, 1, 1_000), write("two", 2, 2, History.NEVER));
        assertThat(failed(ledger, read(1_500, "one"), read(1_600, "two"), last("two")))
                .isEmpty();
        assertThat(failed(ledger, read(1_500, "one"), last("one"))).isEmpty();
        assertThat(failed(ledger, read(500))).isEmpty();
    }

    @Test
    void findsAnInventedValue() {
        assertThat(failed(LEDGER, read(500, "four"))).containsExactly("invented");
    }

    @Test
    void findsADuplicate() {
        assertThat(failed(LEDGER, read(3_500, "three", "three"))).containsExactly("duplicate");
    }

    @Test
    void findsAStaleValueAndSaysHowStale() {
        Verdict verdict = HistoryChecker.check(LEDGER, List.of(read(4_500, "one")));
        assertThat(labels(verdict)).containsExactly("stale");
        assertThat(verdict.stale()).containsExactly(new Staleness(2, 2.5));
        assertThat(failed(LEDGER, read(4_500))).containsExactly("stale");
    }

    @Test
    void findsAReaderThatGoesBackwards() {
        List<Write> ledger = List.of(write("one", 1, 1, 1_000), write("two", 2, 2, History.NEVER));
        assertThat(failed(ledger, read(1_500, "two"), read(1_600, "one"))).containsExactly("non-monotonic");
    }

    @Test
    void findsALostWriteInTheFinalRead() {
        assertThat(failed(LEDGER, last("two"))).containsExactly("lost");
        assertThat(failed(LEDGER, last())).containsExactly("lost");
    }

    @Test
    void findsAReaderThatIgnoresRecordTime() {
        List<Write> ledger = List.of(write("winner", 2, 1, 1_000), write("late", 1, 2, 2_000));
        assertThat(failed(ledger, read(3_000, "winner"), last("winner"))).isEmpty();
        assertThat(failed(ledger, read(3_000, "late"))).containsExactly("wrong-winner");
        assertThat(failed(ledger, last("late"))).containsExactly("wrong-winner");
    }

    @Test
    void findsAResponseThatIsNotComplete() {
        History.Key other = new History.Key("b", 0);
        List<Write> ledger = List.of(write("one", 1, 1, 1_000), new Write(other, "one", 1, 1, 1_000, 1_000));
        assertThat(failed(ledger, complete(2_000))).containsExactlyInAnyOrder("false-complete", "stale");
        assertThat(failed(ledger, read(2_000))).containsExactly("stale");
        // What is outside of the range of the request is not missing.
        assertThat(failed(ledger, complete(2_000, "one"))).isEmpty();
    }

    @Test
    void completeMayLackWhatIsNotYetDurable() {
        // Acknowledged by Kafka at 1 ms; its offset is committed at 9 ms.
        List<Write> ledger = List.of(new Write(KEY, "one", 1, 1, 1_000, 9_000));
        assertThat(failed(ledger, complete(2_000))).isEmpty();
        assertThat(failed(ledger, complete(9_001))).contains("false-complete");
        // Never acknowledged, and never known to be durable.
        assertThat(failed(List.of(write("one", 1, 1, History.NEVER)), complete(2_000)))
                .isEmpty();
    }

    private static Write write(String value, long recordTime, long arrival, long durableMicros) {
        return new Write(KEY, value, recordTime, arrival, durableMicros, durableMicros);
    }

    private static Read read(long invokedMicros, String... values) {
        return new Read("r", invokedMicros, invokedMicros + 50, List.of(KEY), false, false, observed(values));
    }

    private static Read complete(long invokedMicros, String... values) {
        return new Read("r", invokedMicros, invokedMicros + 50, List.of(KEY), true, false, observed(values));
    }

    private static Read last(String... values) {
        return new Read("last", 10_000, 10_050, List.of(KEY), false, true, observed(values));
    }

    private static List<Observed> observed(String... values) {
        return Arrays.stream(values).map(value -> new Observed(KEY, value)).toList();
    }

    private static List<String> failed(List<Write> ledger, Read... reads) {
        return labels(HistoryChecker.check(ledger, List.of(reads)));
    }

    private static List<String> labels(Verdict verdict) {
        return verdict.checks().stream()
                .filter(check -> !check.held())
                .map(CheckResult::name)
                .toList();
    }
}
