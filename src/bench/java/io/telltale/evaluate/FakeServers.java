package io.telltale.evaluate;

import java.util.List;
import java.util.Map;

/** Servers that record their starts and stops. */
record FakeServers(String name, List<String> events) implements AutoCloseable {

    static Environment<FakeServers> environment(String name, List<String> events) {
        return new Environment<>(name, FakeServers.class, () -> {
            events.add("start " + name);
            return new FakeServers(name, events);
        });
    }

    /** A cell that records its run. */
    static Cell cell(Environment<FakeServers> environment, String name) {
        return Cell.on(environment, name, (servers, run) -> {
            servers.events().add(name);
            return Measured.of(Map.of("seed", run.seed()));
        });
    }

    @Override
    public void close() {
        events.add("stop " + name);
    }
}
