package io.telltale.api;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.util.Native;
import io.telltale.sensors.Excerpt;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** The content coding of a request body. */
public enum ContentCoding {
    IDENTITY {
        @Override
        InputStream decoded(InputStream encoded) {
            return encoded;
        }
    },
    GZIP {
        @Override
        InputStream decoded(InputStream encoded) throws IOException {
            return new GZIPInputStream(encoded);
        }
    },
    DEFLATE {
        /** The coding is a zlib stream (RFC 9110), but some clients send it without its header. */
        @Override
        InputStream decoded(InputStream encoded) throws IOException {
            BufferedInputStream buffered = new BufferedInputStream(encoded);
            buffered.mark(2);
            int method = buffered.read();
            int check = buffered.read();
            buffered.reset();
            boolean hasHeader = (method & 0x0f) == ZLIB_DEFLATE && ((method << 8) + check) % 31 == 0;
            return new InflaterInputStream(buffered, new Inflater(!hasHeader)) {
                @Override
                public void close() throws IOException {
                    super.close();
                    inf.end();
                }
            };
        }
    },
    ZSTD {
        @Override
        InputStream decoded(InputStream encoded) throws IOException {
            return new ZstdInputStreamNoFinalizer(encoded).setLongMax(MAX_ZSTD_WINDOW_LOG);
        }
    };

    /** The compression method in a zlib header. */
    private static final int ZLIB_DEFLATE = 8;

    /** A window of 8 MiB, the most that a sender of this coding may use (RFC 9659). Zstandard allows 128 MiB. */
    private static final int MAX_ZSTD_WINDOW_LOG = 23;

    /**
     * The coding of a body.
     *
     * @param header the value of {@code Content-Encoding}; null without it
     * @throws ProblemException {@code unsupported-media-type} if it is another one, or several
     */
    public static ContentCoding of(@Nullable String header) {
        if (header == null) {
            return IDENTITY;
        }
        return switch (header.trim().toLowerCase(Locale.ROOT)) {
            case "identity" -> IDENTITY;
            case "gzip", "x-gzip" -> GZIP;
            case "deflate" -> DEFLATE;
            case "zstd" -> {
                if (hasZstd()) {
                    yield ZSTD;
                }
                throw unsupported(header);
            }
            default -> throw unsupported(header);
        };
    }

    private static ProblemException unsupported(String header) {
        return Problem.of(
                        ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                        "header Content-Encoding is '%s'; expected one of gzip, deflate%s, or none"
                                .formatted(Excerpt.of(header), hasZstd() ? ", zstd" : ""))
                .exception();
    }

    /** Whether the native library exists for this platform. Not stored: the native executable is built elsewhere. */
    private static boolean hasZstd() {
        try {
            Native.load();
            return true;
        } catch (LinkageError | RuntimeException unsupported) {
            return false;
        }
    }

    /** The decoded body. Closing it releases native memory. */
    abstract InputStream decoded(InputStream encoded) throws IOException;
}
