package io.telltale.letters;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a page ended: each partition continues before an offset. Written in base 36, because a cursor has 1 KiB.
 *
 * @param topicIdHash 32 bits of the topic's id
 * @param ends by partition, the offset after the next letter
 */
record LetterPosition(int topicIdHash, List<Long> ends) {

    private static final int RADIX = 36;

    LetterPosition {
        ends = List.copyOf(ends);
    }

    /** The offset after the next letter of a partition; 0 for a partition that is newer than this position. */
    long end(int partition) {
        return partition < ends.size() ? ends.get(partition) : 0;
    }

    byte[] toBytes() {
        String text = Integer.toHexString(topicIdHash)
                + ends.stream().map(end -> "," + Long.toString(end, RADIX)).collect(Collectors.joining());
        return text.getBytes(US_ASCII);
    }

    /** Empty if the bytes are a position of another query. */
    static Optional<LetterPosition> of(byte[] bytes) {
        String[] parts = new String(bytes, US_ASCII).split(",", -1);
        try {
            return Optional.of(new LetterPosition(
                    Integer.parseUnsignedInt(parts[0], 16),
                    Arrays.stream(parts)
                            .skip(1)
                            .map(end -> Long.parseLong(end, RADIX))
                            .toList()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
