package io.telltale.segment;

/** A segment of a format that this release does not know. Its checksum is right, so it is not damaged. */
public final class UnsupportedSegmentVersionException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int version;

    UnsupportedSegmentVersionException(int version) {
        super("segment has format version %d; this release reads version %d; run the release that wrote it"
                .formatted(version, SegmentHeader.VERSION));
        this.version = version;
    }

    /** The version that the segment states, 0 to 255. */
    public int version() {
        return version;
    }
}
