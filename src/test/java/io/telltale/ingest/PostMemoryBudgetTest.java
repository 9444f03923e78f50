package io.telltale.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostMemoryBudgetTest {

    private final List<String> granted = new ArrayList<>();
    private final PostMemoryBudget room = new PostMemoryBudget(100);

    @Test
    void whoAsksFirstIsGrantedFirst() {
        assertThat(room.ask(60, () -> granted.add("a"))).isTrue();
        assertThat(room.ask(60, () -> granted.add("b"))).isTrue();
        // There would be room, but whoever asks for little must not hold up for ever those who ask for much.
        assertThat(room.ask(10, () -> granted.add("c"))).isTrue();
        assertThat(granted).containsExactly("a");
        assertThat(room.waiting()).isEqualTo(2);

        room.give(60);
        assertThat(granted).containsExactly("a", "b", "c");
        assertThat(room.taken()).isEqualTo(70);
        room.give(70);
        assertThat(room.taken()).isZero();
    }

    @Test
    void whoWithdrawsIsNotGranted() {
        room.ask(100, () -> granted.add("a"));
        Runnable second = () -> granted.add("b");
        room.ask(100, second);
        assertThat(room.withdraw(second)).isTrue();
        assertThat(room.withdraw(second)).isFalse();
        room.give(100);
        assertThat(granted).containsExactly("a");
        assertThat(room.taken()).isZero();
    }

    @Test
    void whoWaitsBehindOneThatWithdrawsIsGrantedWhatIsFree() {
        room.ask(60, () -> granted.add("a"));
        Runnable tooMuch = () -> granted.add("b");
        room.ask(60, tooMuch);
        room.ask(30, () -> granted.add("c"));
        assertThat(granted).containsExactly("a");
        room.withdraw(tooMuch);
        assertThat(granted).containsExactly("a", "c");
        assertThat(room.taken()).isEqualTo(90);
    }

    @Test
    void onlySoManyWait() {
        room.ask(100, () -> granted.add("a"));
        for (int i = 0; i < PostMemoryBudget.MAX_WAITING; i++) {
            assertThat(room.ask(1, () -> granted.add("waited"))).isTrue();
        }
        assertThat(room.ask(1, () -> granted.add("too many"))).isFalse();
        room.give(100);
        assertThat(granted).hasSize(101).doesNotContain("too many");
    }

    @Test
    void nobodyWaitsForWhatThereIsNot() {
        assertThatThrownBy(() -> room.ask(101, () -> granted.add("a"))).isInstanceOf(IllegalArgumentException.class);
    }
}
