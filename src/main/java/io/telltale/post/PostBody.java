package io.telltale.post;

import org.jspecify.annotations.Nullable;

/**
 * Parses one format of a body incrementally: bytes go in by {@link #add}, complete elements come out by {@link #next}.
 */
interface PostBody {

    /** Adds the next bytes, and owns the array from now on. Called when {@link #next} has returned null. */
    void add(byte[] chunk);

    /**
     * Marks the end of the body.
     *
     * @param nowMillis in milliseconds since the epoch
     * @throws UnreadableBodyException if the body as a whole is invalid
     */
    void end(long nowMillis) throws UnreadableBodyException;

    /**
     * Validates a part of a body that is valid only as a whole: all of a large one at once would block the event loop.
     * Called repeatedly until it returns true, each time before {@link #next}.
     *
     * @return whether elements may be read
     * @throws UnreadableBodyException if the body as a whole is invalid
     */
    default boolean isReadable() throws UnreadableBodyException {
        return true;
    }

    /**
     * The next complete element; null if there is none before more bytes are added.
     *
     * @param nowMillis replaces the record time, which Kafka sets a moment later
     */
    @Nullable
    PostedElement next(long nowMillis);

    /**
     * The body as a whole is invalid: none of its elements is accepted. The message says what was found and expected.
     */
    final class UnreadableBodyException extends Exception {
        UnreadableBodyException(String detail) {
            // No stack trace: the client's error, not a bug.
            super(detail, null, false, false);
        }
    }
}
