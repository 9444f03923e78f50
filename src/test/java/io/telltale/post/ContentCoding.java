package io.telltale.post;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** Compresses bodies as clients do. */
public final class ContentCoding {

    private ContentCoding() {}

    /**
     * Compresses a body.
     *
     * @param coding a value of the header {@code Content-Encoding}; an unknown one leaves the body as it is
     */
    public static byte[] compress(String coding, byte[] plain) throws IOException {
        ByteArrayOutputStream target = new ByteArrayOutputStream();
        try (OutputStream compressing =
                switch (coding.toLowerCase(Locale.ROOT)) {
                    case "gzip" -> new GZIPOutputStream(target);
                    case "deflate" -> new DeflaterOutputStream(target);
                    case "zstd" -> new ZstdOutputStream(target);
                    default -> target;
                }) {
            compressing.write(plain);
        }
        return target.toByteArray();
    }
}
