package io.telltale.page;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file of the page in memory, plain and compressed. Compressed once, because a file never changes while the service
 * runs.
 *
 * @param mediaType the value of {@code Content-Type}
 * @param version changes with the content; part of the {@code ETag}
 */
record PageFile(String mediaType, Buffer plain, Buffer gzipped, String version) {

    /** Other endings are not served. */
    private static final Map<String, String> MEDIA_TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    /** Reads a resource by its absolute name; null if there is none of that name, or it is no file of a page. */
    static @Nullable PageFile read(String resource) {
        String mediaType = MEDIA_TYPES.get(resource.substring(resource.lastIndexOf('.') + 1));
        if (mediaType == null) {
            return null;
        }
        try (InputStream file = PageFile.class.getResourceAsStream(resource)) {
            return file == null ? null : of(mediaType, file.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PageFile of(String mediaType, byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(content);
        }
        CRC32C checksum = new CRC32C();
        checksum.update(content);
        return new PageFile(
                mediaType,
                Buffer.buffer(content),
                Buffer.buffer(compressed.toByteArray()),
                "%08x-%x".formatted(checksum.getValue(), content.length));
    }
}
