package io.telltale.live;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/** Timers of Vert.x that fire when the test calls {@link #fire}. */
final class FakeTimers {

    private final List<Handler<Long>> due = new ArrayList<>();

    /** A Vert.x that can set timers, and nothing else. */
    @SuppressWarnings("unchecked")
    Vertx vertx() {
        return (Vertx) Proxy.newProxyInstance(
                FakeTimers.class.getClassLoader(), new Class<?>[] {Vertx.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("setTimer")) {
                        throw new IllegalStateException("%s was called".formatted(method));
                    }
                    due.add((Handler<Long>) arguments[1]);
                    return (long) due.size();
                });
    }

    /** Fires the timers that are set, and returns how many. */
    int fire() {
        List<Handler<Long>> now = List.copyOf(due);
        due.clear();
        now.forEach(handler -> handler.handle(0L));
        return now.size();
    }
}
