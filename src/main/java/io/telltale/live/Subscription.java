package io.telltale.live;

import io.telltale.api.QueryFingerprint;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A filter, and the topics that can have matching readings. Subscribers with equal subscriptions share event ids.
 *
 * @param types the types whose topics are included; empty for all topics, future ones too
 * @param fingerprint binds event ids to the filter
 * @param labeled whether a sensor has the labels of the filter
 */
record Subscription(
        SubscriptionFilter filter, Set<SensorType> types, QueryFingerprint fingerprint, Predicate<SensorId> labeled) {

    Subscription {
        types = Set.copyOf(types);
    }

    /** A subscription without labels; see {@link #of(SubscriptionFilter, Set, Predicate)}. */
    static Subscription of(SubscriptionFilter filter, Set<SensorType> types) {
        return of(filter, types, any -> true);
    }

    /**
     * @param types the types of the filter's sensors, if all are registered; otherwise empty. A type in the filter
     *     takes precedence
     * @param labeled whether a sensor has the labels of the filter
     */
    static Subscription of(SubscriptionFilter filter, Set<SensorType> types, Predicate<SensorId> labeled) {
        SensorType type = filter.type();
        return new Subscription(filter, type == null ? types : Set.of(type), fingerprint(filter), labeled);
    }

    /** Depends on the filter only: when a client resumes, the types of more sensors may be known. */
    static QueryFingerprint fingerprint(SubscriptionFilter filter) {
        List<String> parts = new ArrayList<>();
        parts.add("live");
        parts.add(filter.type() == null ? "" : filter.type().name());
        parts.add(filter.site() == null ? "" : filter.site());
        filter.sensorIds().stream().map(SensorId::value).sorted().forEach(parts::add);
        // No sensor id has an equals sign. Without labels, ids of earlier releases stay valid.
        filter.labels().forEach((name, value) -> parts.add("label." + name + "=" + value));
        return QueryFingerprint.of(parts);
    }

    boolean mayMatch(SensorType type, @Nullable SensorId key) {
        return includes(type)
                && (key == null
                        || ((filter.sensorIds().isEmpty() || filter.sensorIds().contains(key)) && labeled.test(key)));
    }

    boolean matches(SensorId sensorId, SensorType type, @Nullable String site) {
        return includes(type) && filter.matches(sensorId, type, site) && labeled.test(sensorId);
    }

    boolean includes(SensorType type) {
        return types.isEmpty() || types.contains(type);
    }

    // Compares only what event ids depend on: comparing a thousand sensors for each event would be too expensive.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Subscription that && fingerprint.equals(that.fingerprint) && types.equals(that.types);
    }

    @Override
    public int hashCode() {
        return fingerprint.hashCode();
    }
}
