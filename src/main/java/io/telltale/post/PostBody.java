package io.telltale.post;

import org.jspecify.annotations.Nullable;

/** The body of a POST on its way in: bytes are added as they come, and elements taken as they are there. */
interface PostBody {

    /** Takes the next bytes. They are the body's from now on. Called when {@link #next} has nothing more to give. */
    void add(byte[] chunk);

    /**
     * No more bytes come.
     *
     * @param nowMillis in milliseconds since the epoch
     * @throws UnreadableBodyException if nothing of the body can be taken
     */
    void end(long nowMillis) throws UnreadableBodyException;

    /**
     * Looks for a moment on whether the body can be taken: a large one all at once would keep others waiting. To be called
     * after {@link #end} until it says so, and before {@link #next}.
     *
     * @return whether it is known that it can
     * @throws UnreadableBodyException if nothing of the body can be taken
     */
    default boolean isReadable() throws UnreadableBodyException {
        return true;
    }

    /**
     * The next element that is there as a whole; null if there is none before more bytes are added.
     *
     * @param nowMillis stands in for the record time, which Kafka sets a moment later
     */
    @Nullable
    PostedElement next(long nowMillis);

    /** A body of which nothing can be taken. Its message continues "the body …". */
    final class UnreadableBodyException extends Exception {
        UnreadableBodyException(String what) {
            // An answer, not a bug: no stack trace.
            super(what, null, false, false);
        }
    }
}
