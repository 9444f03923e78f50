package io.telltale.post;

import io.telltale.wire.Decoded.Rejected;
import io.telltale.wire.ReadingDecoder;
import io.telltale.wire.Rejection;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * NDJSON: an element a line, there as soon as its line feed is; the last line may lack it. A carriage return before the
 * line feed is no part of the line, and neither is a byte order mark before the first. Blank lines are no elements.
 *
 * <p>Holds no more than the chunk at hand and one line of at most 64 KiB. Of a longer line only the length is kept.
 */
final class NdjsonPostBody implements PostBody {

    /** A line with its carriage return. */
    private static final int MAX_HELD = ReadingDecoder.MAX_BODY_BYTES + 1;

    private static final byte[] NOTHING = {};

    private final PostedReadingValidator judge = new PostedReadingValidator();
    private byte[] chunk = NOTHING;
    private int at;

    /** How much of the line at hand came in earlier chunks, and those bytes, as long as they are not too many. */
    private long lineBytes;

    private byte[] held = NOTHING;
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
        chunk = NOTHING;
        at = 0;
        return isEnded && lineBytes > 0 ? line(0, nowMillis) : null;
    }

    /** How much is held of a line that is not complete. */
    int heldBytes() {
        return held.length;
    }

    /** Keeps the beginning of a line whose end is in another chunk. */
    private void hold(int end) {
        int more = end - at;
        if (lineBytes + more <= MAX_HELD) {
            int before = (int) lineBytes;
            // Room to grow into, so that a line that comes byte by byte is not copied as often.
            if (held.length < before + more) {
                held = Arrays.copyOf(held, Math.min(MAX_HELD, Math.max(256, 2 * (before + more))));
            }
            System.arraycopy(chunk, at, held, before, more);
        } else {
            held = NOTHING;
        }
        lineBytes += more;
        at = end;
    }

    /** The line that ends here; null if it is blank. */
    private @Nullable PostedElement line(int end, long nowMillis) {
        hold(end);
        long length = lineBytes;
        byte[] bytes = held;
        lineBytes = 0;
        boolean isFirst = isFirstLine;
        isFirstLine = false;
        if (length > MAX_HELD) {
            return tooLarge(length);
        }
        int from = isFirst && hasByteOrderMark(bytes, length) ? 3 : 0;
        int to = (int) length;
        if (to > from && bytes[to - 1] == '\r') {
            to--;
        }
        if (to - from > ReadingDecoder.MAX_BODY_BYTES) {
            return tooLarge(to - from);
        }
        return isBlank(bytes, from, to) ? null : judge.judge(Arrays.copyOfRange(bytes, from, to), nowMillis);
    }

    private static PostedElement tooLarge(long length) {
        return PostedElement.rejected(new Rejected(
                Rejection.TOO_LARGE,
                "line is %d bytes; expected at most %d".formatted(length, ReadingDecoder.MAX_BODY_BYTES)));
    }

    private static boolean hasByteOrderMark(byte[] bytes, long length) {
        return length >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf;
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
