package io.telltale.letters;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of a letter in its topic, as text: {@code 1f3a9c2e-0-1234}. A recreated topic has other ids, so an id
 * never means another letter.
 *
 * @param topicIdHash 32 bits of the topic's id
 * @param partition the partition of the dead-letter topic
 * @param offset the offset there
 */
record LetterId(int topicIdHash, int partition, long offset) {

    /** The expected form, for error details. */
    static final String FORM = "an id as in GET /api/v1/dead-letters";

    private static final Pattern PATTERN = Pattern.compile("([0-9a-f]{8})-([0-9]{1,9})-([0-9]{1,18})");

    /** Empty if the text is no id. */
    static Optional<LetterId> parse(String text) {
        Matcher parts = PATTERN.matcher(text);
        return parts.matches()
                ? Optional.of(new LetterId(
                        Integer.parseUnsignedInt(parts.group(1), 16),
                        Integer.parseInt(parts.group(2)),
                        Long.parseLong(parts.group(3))))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return "%08x-%d-%d".formatted(topicIdHash, partition, offset);
    }
}
