package io.telltale.kafka;

import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The values of the label {@code topic}. Bounded, because every posted type creates a topic: topics beyond the first
 * thousand share the value {@code other}. Thread-safe.
 */
@Singleton
public class TopicLabels {

    static final int MAX_TOPICS = 1_000;
    static final String OTHER = "other";

    private final Set<String> topics = ConcurrentHashMap.newKeySet();

    /** The value for a topic; the same at each call. */
    public String of(String topic) {
        if (topics.contains(topic)) {
            return topic;
        }
        // Concurrent calls may exceed the bound by their number.
        if (topics.size() >= MAX_TOPICS) {
            return OTHER;
        }
        topics.add(topic);
        return topic;
    }
}
