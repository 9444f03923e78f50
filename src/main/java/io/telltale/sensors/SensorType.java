package io.telltale.sensors;

import java.util.regex.Pattern;

/**
 * The type of a sensor, such as {@code temperature}: {@code [a-z][a-z0-9-]{0,62}}. One Kafka topic carries one type.
 *
 * @param name the type as written
 */
public record SensorType(String name) {

    /** The expected form of a type, for error details. */
    public static final String FORM = "a small letter, then up to 62 small letters, digits or -";

    /** The prefix of all topics of readings; the rest of the name is the type. */
    public static final String TOPIC_PREFIX = "sensors.";

    private static final Pattern PATTERN = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    public SensorType {
        if (!isValid(name)) {
            throw new IllegalArgumentException("type '%s' is not %s".formatted(Excerpt.of(name), FORM));
        }
    }

    public static boolean isValid(String text) {
        return PATTERN.matcher(text).matches();
    }

    /** Whether a topic carries readings: {@code sensors.} and a type. */
    public static boolean isTopic(String topic) {
        return topic.startsWith(TOPIC_PREFIX) && isValid(topic.substring(TOPIC_PREFIX.length()));
    }

    /**
     * The type whose readings a topic carries.
     *
     * @throws IllegalArgumentException if it carries none
     */
    public static SensorType ofTopic(String topic) {
        if (!topic.startsWith(TOPIC_PREFIX)) {
            throw new IllegalArgumentException("topic '%s' does not begin with %s".formatted(topic, TOPIC_PREFIX));
        }
        return new SensorType(topic.substring(TOPIC_PREFIX.length()));
    }

    /** The topic that carries this type. */
    public String topic() {
        return TOPIC_PREFIX + name;
    }

    @Override
    public String toString() {
        return name;
    }
}
