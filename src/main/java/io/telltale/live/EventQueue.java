package io.telltale.live;

import io.telltale.sensors.SensorId;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;

/** The events that wait for one connection, in the order in which they will be written. Not safe for threads. */
sealed interface EventQueue {

    static EventQueue in(Mode mode) {
        return mode == Mode.EVERY ? new Every() : new Latest();
    }

    void add(LiveEvent event);

    /** In their order; to be read and {@linkplain #clear cleared} at once. */
    Collection<LiveEvent> events();

    void clear();

    /** Whether one more waits once this event does. */
    boolean growsBy(LiveEvent event);

    /** Leaves what is no reading: nobody says it again. */
    void dropReadings();

    default int size() {
        return events().size();
    }

    /** All of them. */
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
     * Of each sensor the newest. It takes the last place, not that of the one before: whoever resumes behind an event in
     * between must be given it.
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
            // An event that is no reading is replaced by none.
            return sensorId == null ? event : sensorId;
        }
    }
}
