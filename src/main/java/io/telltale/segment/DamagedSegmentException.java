package io.telltale.segment;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Stored bytes are not what was written. Names the sensor and the span, unless the header itself is damaged. */
public final class DamagedSegmentException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient @Nullable SegmentSpan span;

    DamagedSegmentException(String reason) {
        super("segment is damaged: " + reason + "; no reading of it is returned");
        this.span = null;
    }

    DamagedSegmentException(SegmentSpan span, String reason) {
        super("segment is damaged at " + span + ": " + reason + "; these readings are not returned");
        this.span = span;
    }

    /** What is damaged; empty if the header is damaged, and with it the whole segment. */
    public Optional<SegmentSpan> span() {
        return Optional.ofNullable(span);
    }
}
