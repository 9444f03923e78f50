package io.telltale.ingest.offsets;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The operations that fail at the moment. */
final class RecordedOutages implements OutageListener {

    private final Set<String> failing = new LinkedHashSet<>();

    @Override
    public void failed(String operation, Throwable failure) {
        failing.add(operation);
    }

    @Override
    public void recovered(String operation) {
        failing.remove(operation);
    }

    Optional<String> outage() {
        return failing.stream().findFirst();
    }
}
