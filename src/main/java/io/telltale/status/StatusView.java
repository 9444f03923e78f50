package io.telltale.status;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.telltale.sensors.Rfc3339;
import io.telltale.sensors.Scope;
import io.telltale.sensors.SensorType;
import io.telltale.status.DependencyMonitor.Availability;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of the service. Counters and streams are those of the replica that answers; topics are those of all
 * replicas.
 *
 * @param ready whether this replica is ready
 * @param kafka Kafka, as this replica reaches it
 * @param cassandra Cassandra, as this replica reaches it
 * @param topics the sensor topics by name
 * @param received records that this replica has read from Kafka; null for a caller with a scope
 * @param stored readings that this replica has made durable; null for a caller with a scope
 * @param rejected records that became dead letters on this replica, by code; null for a caller with a scope
 * @param latency how long records of this replica took; null for a caller with a scope
 * @param live the live streams of this replica; null for a caller with a scope
 * @param replica identifies the process that counts
 * @param version the version of the service
 * @param uptime the age of the process, ISO 8601
 * @param checkedAt the time of the checks, RFC 3339 UTC with milliseconds
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StatusView(
        boolean ready,
        Dependency kafka,
        Cassandra cassandra,
        List<Topic> topics,
        @Nullable Long received,
        @Nullable Long stored,
        @Nullable Map<String, Long> rejected,
        @Nullable Latency latency,
        @Nullable Live live,
        String replica,
        String version,
        String uptime,
        String checkedAt) {

    /**
     * What a caller with a scope sees: only the topics of its types, none if the scope names no types. No counters,
     * since they count the readings of all sensors (decision 0079).
     */
    StatusView in(Scope scope) {
        return scope.isEverything()
                ? this
                : with(
                        cassandra,
                        topics.stream()
                                .filter(topic -> scope.hasTypes() && scope.allows(SensorType.ofTopic(topic.topic())))
                                .toList(),
                        false);
    }

    StatusView withoutAddresses() {
        return with(
                new Cassandra(
                        cassandra.up(),
                        cassandra.since(),
                        cassandra.nodes().stream().map(NodeView::withoutAddress).toList()),
                topics,
                true);
    }

    private StatusView with(Cassandra shownCassandra, List<Topic> shownTopics, boolean hasCounters) {
        return new StatusView(
                ready,
                kafka,
                shownCassandra,
                shownTopics,
                hasCounters ? received : null,
                hasCounters ? stored : null,
                hasCounters ? rejected : null,
                hasCounters ? latency : null,
                hasCounters ? live : null,
                replica,
                version,
                uptime,
                checkedAt);
    }

    /**
     * A dependency.
     *
     * @param up whether it answered the last check
     * @param since the first check in a row with that result
     */
    public record Dependency(boolean up, String since) {

        static Dependency of(Availability found) {
            return new Dependency(found.isUp(), Rfc3339.format(found.sinceMillis()));
        }
    }

    /**
     * Cassandra.
     *
     * @param up whether a node answered the last check
     * @param since the first check in a row with that result
     * @param nodes all known nodes
     */
    public record Cassandra(boolean up, String since, List<NodeView> nodes) {}

    /**
     * A sensor topic.
     *
     * @param topic its name
     * @param lag the number of records that are not durable; absent if it is unknown
     * @param ingestedThrough the instant before which every record is durable; absent if it is unknown
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Topic(
            String topic, @Nullable Long lag, @Nullable String ingestedThrough) {

        static Topic of(TopicLag found) {
            return new Topic(
                    found.topic(),
                    found.records().isEmpty() ? null : found.records().getAsLong(),
                    found.throughMillis().isEmpty()
                            ? null
                            : Rfc3339.format(found.throughMillis().getAsLong()));
        }
    }

    /**
     * How long records took, from their record time.
     *
     * @param stored to the acknowledgment of Cassandra
     * @param event to the delivery of the event to its subscribers
     */
    public record Latency(Timing stored, Timing event) {}

    /**
     * A sum of times. The mean of a period is the difference of {@code seconds} divided by that of {@code count}.
     *
     * @param count the number of records
     * @param seconds the sum of their times
     */
    public record Timing(long count, double seconds) {}

    /**
     * The live streams.
     *
     * @param subscribers the number of open streams
     */
    public record Live(long subscribers) {}
}
