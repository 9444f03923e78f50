package io.telltale.api;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Decompresses a body piece by piece, so that neither memory nor the time on the event loop depends on what it expands
 * to. A body that expands too much is refused as soon as it does. Close it in every case. For one thread at a time.
 */
public final class DecodedBody implements AutoCloseable {

    private static final int PIECE_BYTES = 32 << 10;

    /** Readings in JSON seldom exceed a tenth of it; the most that gzip can reach is ten times it. */
    private static final int MAX_RATIO = 100;

    /** A body up to this length may have any ratio. */
    private static final int MIN_LIMIT_BYTES = 1 << 20;

    private final ContentCoding coding;
    private final InputStream encoded;
    private final int maxBytes;
    private final int limit;
    private final byte[] buffer = new byte[PIECE_BYTES];
    private @Nullable InputStream decoded;
    private long bytes;

    /**
     * @param encoded the whole body
     * @param encodedBytes its length
     * @param maxBytes the longest decompressed body, inclusive
     */
    public DecodedBody(ContentCoding coding, InputStream encoded, long encodedBytes, int maxBytes) {
        this.coding = coding;
        this.encoded = encoded;
        this.maxBytes = maxBytes;
        this.limit = limit(encodedBytes, maxBytes);
    }

    /**
     * Decompresses a small body at once.
     *
     * @param maxBytes the longest decompressed body, inclusive
     * @throws ProblemException as {@link #next} does
     */
    static byte[] whole(ContentCoding coding, byte[] encoded, int maxBytes) {
        Buffer whole = Buffer.buffer();
        try (DecodedBody body = new DecodedBody(coding, new ByteArrayInputStream(encoded), encoded.length, maxBytes)) {
            for (byte[] piece = body.next(); piece.length > 0; piece = body.next()) {
                whole.appendBytes(piece);
            }
        }
        return whole.getBytes();
    }

    /** The most bytes that a body of this compressed length may have. */
    public static int limit(long encodedBytes, int maxBytes) {
        return (int) Math.min(maxBytes, Math.max(MIN_LIMIT_BYTES, MAX_RATIO * encodedBytes));
    }

    /**
     * The next piece; empty at the end.
     *
     * @throws ProblemException if the body is too long, expands too much, or does not have this coding
     */
    public byte[] next() {
        try {
            if (decoded == null) {
                decoded = coding.decoded(encoded);
            }
            int length = decoded.readNBytes(buffer, 0, PIECE_BYTES);
            bytes += length;
            if (bytes > limit) {
                throw tooLarge();
            }
            return Arrays.copyOf(buffer, length);
        } catch (IOException e) {
            throw Problem.of(
                            ProblemCode.BAD_REQUEST,
                            "body is not valid or not complete after %d decompressed bytes; expected %s, as header"
                                            .formatted(bytes, coding.name().toLowerCase(Locale.ROOT))
                                    + " Content-Encoding says")
                    .exception();
        }
    }

    private ProblemException tooLarge() {
        return Problem.of(
                        ProblemCode.BODY_TOO_LARGE,
                        limit == maxBytes
                                ? "body is over %1$d bytes when decompressed; expected at most %1$d".formatted(maxBytes)
                                : ("body is over %1$d times as long when decompressed; expected at most %1$d times, or "
                                                + "%2$d bytes")
                                        .formatted(MAX_RATIO, MIN_LIMIT_BYTES))
                .exception();
    }

    @Override
    public void close() {
        try {
            (decoded == null ? encoded : decoded).close();
        } catch (IOException e) {
            throw new IllegalStateException("a body in memory cannot be closed", e);
        }
    }
}
