package io.telltale.store;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A minute that may hold fresh segments.
 *
 * @param mark empty until it is merged
 */
public record MinuteState(FreshMinute minute, Optional<Mark> mark) {

    /**
     * Says that recent segments hold what these fresh segments hold.
     *
     * @param content of the segments, as the merger summarized their keys; never changed
     * @param writtenMicros its write timestamp
     */
    public record Mark(ByteBuffer content, long writtenMicros) {}
}
