package io.telltale.live;

import io.telltale.sensors.SensorId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;

/** The events that wait for one connection, in the order in which they are written. Not thread-safe. */
sealed interface EventQueue {

    static EventQueue of(Mode mode) {
        return mode == Mode.EVERY ? new Every() : new Latest();
    }

    void add(LiveEvent event);

    /** A view of the events in their order. */
    Collection<LiveEvent> events();

    void clear();

    /** Whether adding this event increases the size. */
    boolean growsBy(LiveEvent event);

    /** Drops the readings. Other events stay, because they are sent only once. */
    void dropReadings();

    default int size() {
        return events().size();
    }

    /** The length of the encoded events, in bytes. */
    default int length() {
        int length = 0;
        for (LiveEvent event : events()) {
            length += event.length();
        }
        return length;
    }

    /** Keeps all events. */
    final class Every implements EventQueue {
        private final Queue<LiveEvent> events = new ArrayDeque<>();

        @Override
        public void add(LiveEvent event) {
            events.add(event);
        }

        @Override
        public Collection<LiveEvent> events() {
            return events;
        }

        @Override
        public void clear() {
            events.clear();
        }

        @Override
        public boolean growsBy(LiveEvent event) {
            return true;
        }

        @Override
        public void dropReadings() {
            events.removeIf(event -> event.sensorId() != null);
        }
    }

    /**
     * Keeps the newest reading of each sensor. It is queued last and not in the place of the one that it replaces: a
     * client that resumes behind an event between the two must receive it.
     */
    final class Latest implements EventQueue {
        private final Map<Object, LiveEvent> events = new LinkedHashMap<>();

        @Override
        public void add(LiveEvent event) {
            Object key = key(event);
            LiveEvent before = events.get(key);
            if (before == null || before.timestampMillis() <= event.timestampMillis()) {
                events.remove(key);
                events.put(key, event);
            }
        }

        @Override
        public Collection<LiveEvent> events() {
            return events.values();
        }

        @Override
        public void clear() {
            events.clear();
        }

        @Override
        public boolean growsBy(LiveEvent event) {
            return !events.containsKey(key(event));
        }

        @Override
        public void dropReadings() {
            events.values().removeIf(event -> event.sensorId() != null);
        }

        private static Object key(LiveEvent event) {
            SensorId sensorId = event.sensorId();
            // Events that are not readings are never replaced.
            return sensorId == null ? event : sensorId;
        }
    }
}
