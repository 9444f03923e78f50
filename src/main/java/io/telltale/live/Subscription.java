package io.telltale.live;

import io.telltale.api.QueryFingerprint;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber watches for, and the topics in which it can be. Subscribers with equal feeds share the ids of their
 * events.
 *
 * @param types the types whose topics are listened to; empty for all there are and will be
 * @param fingerprint what ids of this feed are bound to
 */
record Subscription(SubscriptionFilter watched, Set<SensorType> types, QueryFingerprint fingerprint) {

    Subscription {
        types = Set.copyOf(types);
    }

    /**
     * @param types the types that those sensors have, where all of them are known; empty otherwise. A given type counts
     *     more
     */
    static Subscription of(SubscriptionFilter watched, Set<SensorType> types) {
        SensorType type = watched.type();
        return new Subscription(watched, type == null ? types : Set.of(type), fingerprint(watched));
    }

    /** Of the filters alone: which topics are listened to may be better known when somebody resumes. */
    static QueryFingerprint fingerprint(SubscriptionFilter watched) {
        List<String> parts = new ArrayList<>();
        parts.add("live");
        parts.add(watched.type() == null ? "" : watched.type().name());
        parts.add(watched.site() == null ? "" : watched.site());
        watched.sensorIds().stream().map(SensorId::value).sorted().forEach(parts::add);
        return QueryFingerprint.of(parts);
    }

    boolean mayWant(SensorType type, @Nullable SensorId key) {
        return listensTo(type)
                && (key == null
                        || watched.sensorIds().isEmpty()
                        || watched.sensorIds().contains(key));
    }

    boolean wants(SensorId sensorId, SensorType type, @Nullable String site) {
        return listensTo(type) && watched.wants(sensorId, type, site);
    }

    boolean listensTo(SensorType type) {
        return types.isEmpty() || types.contains(type);
    }

    // By what ids depend on alone: a thousand sensors are not to be compared for each event.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Subscription feed && fingerprint.equals(feed.fingerprint) && types.equals(feed.types);
    }

    @Override
    public int hashCode() {
        return fingerprint.hashCode();
    }
}
