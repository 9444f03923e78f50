package io.telltale.post;

import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.Rejection;
import io.telltale.wire.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * NDJSON: one element per line, complete at its line feed; the last line may lack it. Skips a carriage return before a
 * line feed, a byte order mark before the first line, and blank lines.
 *
 * <p>Holds at most the current chunk and one line of 64 KiB. Of a longer line it keeps only the length.
 */
final class NdjsonPostBody implements PostBody {

    /** The longest line, and its carriage return. */
    private static final int MAX_LINE_BYTES = ReadingDecoder.MAX_BODY_BYTES + 1;

    private static final byte[] NO_BYTES = {};

    private final PostedReadingValidator validator = new PostedReadingValidator();
    private byte[] chunk = NO_BYTES;
    private int at;

    /** The length of the incomplete line in earlier chunks. */
    private long lineBytes;

    /** The bytes of that line, unless it is too long. */
    private byte[] held = NO_BYTES;

    private boolean isFirstLine = true;
    private boolean isEnded;

    @Override
    public void add(byte[] chunk) {
        this.chunk = chunk;
        this.at = 0;
    }

    @Override
    public void end(long nowMillis) {
        isEnded = true;
    }

    @Override
    public @Nullable PostedElement next(long nowMillis) {
        while (at < chunk.length) {
            int end = at;
            while (end < chunk.length && chunk[end] != '\n') {
                end++;
            }
            if (end == chunk.length) {
                hold(end);
                break;
            }
            PostedElement posted = line(end, nowMillis);
            at = end + 1;
            if (posted != null) {
                return posted;
            }
        }
        chunk = NO_BYTES;
        at = 0;
        return isEnded && lineBytes > 0 ? line(0, nowMillis) : null;
    }

    /** The capacity held for an incomplete line. */
    int heldBytes() {
        return held.length;
    }

    /** Appends a part of a line to what earlier chunks had of it. */
    private void hold(int end) {
        int more = end - at;
        if (lineBytes + more <= MAX_LINE_BYTES) {
            int before = (int) lineBytes;
            // Doubles, so that a line that arrives byte by byte is not copied for each byte.
            if (held.length < before + more) {
                held = Arrays.copyOf(held, Math.min(MAX_LINE_BYTES, Math.max(256, 2 * (before + more))));
            }
            System.arraycopy(chunk, at, held, before, more);
        } else {
            held = NO_BYTES;
        }
        lineBytes += more;
        at = end;
    }

    /** The element of the line that ends here; null if the line is blank. */
    private @Nullable PostedElement line(int end, long nowMillis) {
        hold(end);
        long length = lineBytes;
        byte[] bytes = held;
        lineBytes = 0;
        boolean isFirst = isFirstLine;
        isFirstLine = false;
        if (length > MAX_LINE_BYTES) {
            return tooLarge(length);
        }
        int from = isFirst && Utf8.startsWithByteOrderMark(bytes) ? 3 : 0;
        int to = (int) length;
        if (to > from && bytes[to - 1] == '\r') {
            to--;
        }
        if (to - from > ReadingDecoder.MAX_BODY_BYTES) {
            return tooLarge(to - from);
        }
        return isBlank(bytes, from, to) ? null : validator.validate(Arrays.copyOfRange(bytes, from, to), nowMillis);
    }

    private static PostedElement tooLarge(long length) {
        return PostedElement.rejected(new Rejected(
                Rejection.TOO_LARGE,
                "line is %d bytes; expected at most %d".formatted(length, ReadingDecoder.MAX_BODY_BYTES)));
    }

    private static boolean isBlank(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }
}
