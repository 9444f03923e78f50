package io.telltale.settings;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;

/**
 * Stops the startup if a setting under {@code telltale.} belongs to no group, so that a typo is not ignored. Within a
 * group the configuration library rejects unknown keys itself.
 */
@Singleton
class UnknownSettings {

    static final Set<String> GROUPS = Set.of("storage", "ingest", "live", "posts", "query", "security");

    void check(@Observes @Priority(0) StartupEvent start, Config config) {
        List<String> names = StreamSupport.stream(config.getPropertyNames().spliterator(), false)
                .toList();
        Set<String> unknown = unknown(names);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("unknown setting %s; expected one of the groups %s"
                    .formatted(
                            String.join(", ", unknown),
                            new TreeSet<>(GROUPS)
                                    .stream().map(g -> "telltale." + g + ".").collect(Collectors.toList())));
        }
    }

    static Set<String> unknown(Iterable<String> names) {
        Set<String> unknown = new TreeSet<>();
        for (String name : names) {
            if (name.startsWith("telltale.")
                    && GROUPS.stream().noneMatch(g -> name.startsWith("telltale." + g + "."))) {
                unknown.add(name);
            }
        }
        return unknown;
    }
}
