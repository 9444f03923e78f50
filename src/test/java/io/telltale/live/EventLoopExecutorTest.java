package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventLoopExecutorTest {

    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final EventLoopExecutor tasks = new EventLoopExecutor(loop::add);
    private final List<Integer> done = new ArrayList<>();

    @Test
    void runsAHundredTasksInOneTaskOfTheLoop() {
        IntStream.range(0, 100).forEach(number -> tasks.execute(() -> done.add(number)));
        assertThat(loop).hasSize(1);
        runLoop();
        assertThat(done)
                .containsExactlyElementsOf(IntStream.range(0, 100).boxed().toList());
        assertThat(loop).isEmpty();
    }

    @Test
    void yieldsToOtherTasksOfTheLoop() {
        IntStream.range(0, 1_000).forEach(number -> tasks.execute(() -> done.add(number)));
        loop.add(() -> done.add(-1));
        runLoop();
        assertThat(done).hasSize(1_001);
        assertThat(done.indexOf(-1)).isLessThan(500);
    }

    @Test
    void runsTasksThatATaskAdds() {
        tasks.execute(() -> tasks.execute(() -> done.add(2)));
        tasks.execute(() -> done.add(1));
        runLoop();
        assertThat(done).containsExactly(1, 2);
    }

    @Test
    void continuesAfterATaskFailed() {
        tasks.execute(() -> {
            throw new IllegalStateException("broken");
        });
        tasks.execute(() -> done.add(1));
        assertThatThrownBy(this::runLoop).isInstanceOf(IllegalStateException.class);
        runLoop();
        assertThat(done).containsExactly(1);
    }

    private void runLoop() {
        for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
            task.run();
        }
    }
}
