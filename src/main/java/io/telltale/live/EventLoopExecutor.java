package io.telltale.live;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs tasks on an event loop in their order, all queued ones in one task of the loop: a reading for a thousand
 * subscribers wakes the loop once, not a thousand times. The queue is bounded by its callers: a subscriber has at most
 * one drain queued.
 */
final class EventLoopExecutor implements Executor {

    /** After so many tasks, other work of the loop runs first. */
    private static final int MAX_TASKS_PER_RUN = 256;

    private final Executor loop;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isScheduled = new AtomicBoolean();

    /** @param loop runs all tasks, one at a time */
    EventLoopExecutor(Executor loop) {
        this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        schedule();
    }

    private void schedule() {
        if (isScheduled.compareAndSet(false, true)) {
            loop.execute(this::run);
        }
    }

    private void run() {
        isScheduled.set(false);
        try {
            for (int task = 0; task < MAX_TASKS_PER_RUN; task++) {
                Runnable next = tasks.poll();
                if (next == null) {
                    return;
                }
                next.run();
            }
        } finally {
            // Also after a task failed; the loop logs the failure.
            if (!tasks.isEmpty()) {
                schedule();
            }
        }
    }
}
