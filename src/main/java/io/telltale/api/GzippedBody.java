package io.telltale.api;

import io.smallrye.mutiny.Multi;
import io.telltale.streams.Concatenation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Compresses a body with gzip, whole or chunk by chunk; the compressor buffers about 32 KiB. The trailer with the
 * checksum follows the last chunk only, so a truncated body is not a complete gzip file.
 *
 * <p>Not the compression of Quarkus, which is Netty's: it sends gzip to clients that refuse it ({@code gzip;q=0, br}),
 * does not recognize {@code GZIP}, and its handler would process every live event too.
 */
public final class GzippedBody {

    private static final int BUFFER_BYTES = 8_192;

    private final ByteArrayOutputStream compressed = new ByteArrayOutputStream(BUFFER_BYTES);
    private final GZIPOutputStream gzip;

    private GzippedBody() {
        try {
            gzip = new GZIPOutputStream(compressed, BUFFER_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a client accepts gzip: {@code gzip} or {@code *} with a weight above 0. */
    public static boolean isAccepted(@Nullable String acceptEncoding) {
        boolean isAny = false;
        for (String coding : (acceptEncoding == null ? "" : acceptEncoding).split(",", -1)) {
            String[] parts = coding.toLowerCase(Locale.ROOT).replace(" ", "").split(";", -1);
            boolean isRefused = parts.length > 1 && parts[1].matches("q=0(\\.0*)?");
            if (parts[0].equals("gzip") || parts[0].equals("x-gzip")) {
                return !isRefused;
            }
            isAny |= parts[0].equals("*") && !isRefused;
        }
        return isAny;
    }

    /** Compresses an opening and the chunks after it, into fewer chunks but at least one. */
    public static Multi<byte[]> of(byte[] opening, Multi<byte[]> chunks) {
        return Multi.createFrom().deferred(() -> {
            GzippedBody body = new GzippedBody();
            body.write(opening);
            return Concatenation.of(List.of(
                            chunks.map(body::compress), Multi.createFrom().item(body::end)))
                    .filter(bytes -> bytes.length > 0);
        });
    }

    /** Compresses a whole body. */
    static byte[] of(byte[] whole) {
        GzippedBody body = new GzippedBody();
        body.write(whole);
        return body.end();
    }

    private void write(byte[] bytes) {
        try {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] compress(byte[] chunk) {
        write(chunk);
        return drain();
    }

    private byte[] end() {
        try {
            gzip.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return drain();
    }

    private byte[] drain() {
        byte[] bytes = compressed.toByteArray();
        compressed.reset();
        return bytes;
    }
}
