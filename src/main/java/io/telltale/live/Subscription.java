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
 * @param fingerprint what ids of this subscription are bound to
 */
record Subscription(SubscriptionFilter filter, Set<SensorType> types, QueryFingerprint fingerprint) {

    Subscription {
        types = Set.copyOf(types);
    }

    /**
     * @param types the types that those sensors have, where all of them are known; empty otherwise. A given type counts
     *     more
     */
    static Subscription of(SubscriptionFilter filter, Set<SensorType> types) {
        SensorType type = filter.type();
        return new Subscription(filter, type == null ? types : Set.of(type), fingerprint(filter));
    }

    /** Of the filters alone: which topics are listened to may be better known when somebody resumes. */
    static QueryFingerprint fingerprint(SubscriptionFilter filter) {
        List<String> parts = new ArrayList<>();
        parts.add("live");
        parts.add(filter.type() == null ? "" : filter.type().name());
        parts.add(filter.site() == null ? "" : filter.site());
        filter.sensorIds().stream().map(SensorId::value).sorted().forEach(parts::add);
        return QueryFingerprint.of(parts);
    }

    boolean mayMatch(SensorType type, @Nullable SensorId key) {
        return includes(type)
                && (key == null
                        || filter.sensorIds().isEmpty()
                        || filter.sensorIds().contains(key));
    }

    boolean matches(SensorId sensorId, SensorType type, @Nullable String site) {
        return includes(type) && filter.matches(sensorId, type, site);
    }

    boolean includes(SensorType type) {
        return types.isEmpty() || types.contains(type);
    }

    // By what ids depend on alone: a thousand sensors are not to be compared for each event.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Subscription subscription && fingerprint.equals(subscription.fingerprint) && types.equals(subscription.types);
    }

    @Override
    public int hashCode() {
        return fingerprint.hashCode();
    }
}
