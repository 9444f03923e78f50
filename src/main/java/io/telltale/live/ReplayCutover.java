package io.telltale.live;

import io.telltale.sensors.SensorType;
import io.telltale.store.RecordOrigin;
import java.util.List;
import java.util.Map;

/**
 * The stored readings that a replay delivers. History supplies exactly those whose records are in the span of their
 * topic; Kafka supplies every record behind it. The spans follow from the id, so any replica can continue the replay,
 * and no reading enters a span that the replay may have passed already.
 *
 * @param id the id of the replay
 * @param history the span of each topic, by name; history supplies nothing of other topics
 */
record ReplayCutover(EventId id, Map<String, Span> history) {

    /**
     * A part of the records of a topic name, in the order of its topics and their offsets.
     *
     * @param from inclusive
     * @param to exclusive
     */
    record Span(Bound from, Bound to) {

        boolean contains(RecordOrigin origin) {
            return from.isReachedBy(origin) && !to.isReachedBy(origin);
        }
    }

    /**
     * A position in the topics of a name.
     *
     * @param epoch the origin epoch of the topic
     * @param next the next offset of each partition; 0 for all others
     */
    record Bound(int epoch, List<Long> next) {

        Bound {
            next = List.copyOf(next);
        }

        /** The start of a topic. */
        static Bound startOf(int epoch) {
            return new Bound(epoch, List.of());
        }

        boolean isReachedBy(RecordOrigin origin) {
            // Epochs are stored modulo 256. No name is reused 128 times between two compared ones.
            int newer = (byte) (origin.epoch() - epoch);
            return newer > 0
                    || (newer == 0
                            && (origin.partition() >= next.size() || origin.offset() >= next.get(origin.partition())));
        }
    }

    ReplayCutover {
        history = Map.copyOf(history);
    }

    /** Whether history supplies a stored reading, and not Kafka or an earlier delivery. */
    boolean isHistory(SensorType type, RecordOrigin origin) {
        Span span = history.get(type.topic());
        return span != null && span.contains(origin);
    }
}
