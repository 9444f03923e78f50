package io.telltale.live;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Hands tasks to an event loop, all that wait in one of its own: one reading for a thousand subscribers wakes the loop once
 * and not for each of them. In their order; what waits is bounded by who hands over: a task for each subscriber at a time.
 */
final class EventLoopExecutor implements Executor {

    /** Then whoever else is on this loop has a turn. */
    private static final int AT_ONCE = 256;

    private final Executor loop;
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isCalled = new AtomicBoolean();

    /** @param loop on which all is run, one at a time */
    EventLoopExecutor(Executor loop) {
        this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
        waiting.add(task);
        call();
    }

    private void call() {
        if (isCalled.compareAndSet(false, true)) {
            loop.execute(this::run);
        }
    }

    private void run() {
        isCalled.set(false);
        try {
            for (int task = 0; task < AT_ONCE; task++) {
                Runnable next = waiting.poll();
                if (next == null) {
                    return;
                }
                next.run();
            }
        } finally {
            // Also where one of them failed, which the loop says.
            if (!waiting.isEmpty()) {
                call();
            }
        }
    }
}
