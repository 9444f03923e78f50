package io.telltale.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecodedBodyTest {

    private static final int MAX_BYTES = 10 << 20;

    /** The forms in which clients compress, with the header that they send. */
    private enum Form {
        GZIP("gzip"),
        TWO_GZIPS("x-gzip"),
        ZLIB("deflate"),
        RAW_DEFLATE("Deflate"),
        ZSTD("zstd");

        private final String header;

        Form(String header) {
            this.header = header;
        }

        byte[] compress(byte[] plain) throws IOException {
            ByteArrayOutputStream target = new ByteArrayOutputStream();
            int half = plain.length / 2;
            switch (this) {
                case GZIP -> write(plain, new GZIPOutputStream(target));
                case TWO_GZIPS -> {
                    write(Arrays.copyOf(plain, half), new GZIPOutputStream(target));
                    write(Arrays.copyOfRange(plain, half, plain.length), new GZIPOutputStream(target));
                }
                case ZLIB -> write(plain, new DeflaterOutputStream(target));
                case RAW_DEFLATE -> write(plain, new DeflaterOutputStream(target, new Deflater(9, true)));
                case ZSTD -> target.write(Zstd.compress(plain));
            }
            return target.toByteArray();
        }

        private static void write(byte[] plain, OutputStream target) throws IOException {
            try (target) {
                target.write(plain);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GZIP, 0",
        "GZIP, 1",
        "GZIP, 100000",
        "TWO_GZIPS, 100000",
        "ZLIB, 1",
        "ZLIB, 100000",
        "RAW_DEFLATE, 1",
        "RAW_DEFLATE, 100000",
        "ZSTD, 1",
        "ZSTD, 100000",
        "ZSTD, 9000000",
        "GZIP, 10485760",
        "ZSTD, 10485760"
    })
    void restoresTheBody(Form form, int bytes) throws IOException {
        byte[] plain = readings(bytes);
        assertThat(decoded(form.header, form.compress(plain), MAX_BYTES)).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource({"GZIP", "TWO_GZIPS", "ZLIB", "RAW_DEFLATE", "ZSTD"})
    void refusesABodyThatIsCutOrDamaged(Form form) throws IOException {
        byte[] whole = form.compress(readings(100_000));
        assertBad(form, Arrays.copyOf(whole, whole.length - 1), "not complete");
        assertBad(form, Arrays.copyOf(whole, whole.length / 2), "not complete");
        assertBad(form, "{\"sensorId\":\"a\"}".getBytes(UTF_8), "not valid");
    }

    private static void assertBad(Form form, byte[] body, String detail) {
        assertThatThrownBy(() -> decoded(form.header, body, MAX_BYTES))
                .as(form.name())
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.BAD_REQUEST))
                .hasMessageContaining(detail);
    }

    /** The decoder stops soon after the limit: a body of 200 MB is refused as fast as one of 2 MB. */
    @ParameterizedTest
    @CsvSource({"GZIP", "ZLIB", "ZSTD"})
    void refusesABodyThatExpandsTooMuch(Form form) throws IOException {
        byte[] bomb = form.compress(new byte[200 << 20]);
        ContentCoding coding = ContentCoding.of(form.header);
        long given = 0;
        try (DecodedBody body = new DecodedBody(coding, new ByteArrayInputStream(bomb), bomb.length, MAX_BYTES)) {
            for (int limit = DecodedBody.limit(bomb.length, MAX_BYTES); given < limit - (32 << 10); ) {
                given += body.next().length;
            }
            assertThatThrownBy(() -> {
                        body.next();
                        body.next();
                    })
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().status()).isEqualTo(413));
        }
        assertThat(given).isLessThanOrEqualTo(MAX_BYTES);
    }

    @Test
    void namesTheRatioAndTheSizeAsLimits() throws IOException {
        byte[] zeros = new byte[2 << 20];
        assertThatThrownBy(() -> decoded("gzip", Form.GZIP.compress(zeros), MAX_BYTES))
                .hasMessageContaining("over 100 times as long")
                .hasMessageContaining("at most 100 times, or 1048576 bytes");
        assertThatThrownBy(() -> decoded("gzip", Form.GZIP.compress(zeros), 64 << 10))
                .hasMessageContaining("over 65536 bytes");
    }

    /** A window of 128 MiB would take as much memory. */
    @Test
    void refusesALargeZstdWindow() {
        ByteBuffer source = ByteBuffer.allocateDirect(1_000);
        ByteBuffer target = ByteBuffer.allocateDirect(2_000);
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setWindowLog(27).setContentSize(false);
            context.compressDirectByteBufferStream(target, source, EndDirective.FLUSH);
            context.compressDirectByteBufferStream(target, source, EndDirective.END);
        }
        byte[] body = new byte[target.flip().remaining()];
        target.get(body);
        assertBad(Form.ZSTD, body, "not valid");
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "compress", "gzip, gzip", "gzip, br", "", "*", "snappy"})
    void namesTheAcceptedCodings(String header) {
        assertThatThrownBy(() -> ContentCoding.of(header))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().status()).isEqualTo(415))
                .hasMessageContaining("'" + header + "'; expected one of gzip, deflate, zstd, or none");
    }

    @Test
    void takesABodyWithoutACodingAsItIs() {
        assertThat(ContentCoding.of(null)).isEqualTo(ContentCoding.IDENTITY);
        assertThat(ContentCoding.of(" Identity ")).isEqualTo(ContentCoding.IDENTITY);
        byte[] plain = readings(1_000);
        assertThat(decoded(null, plain, 1_000)).isEqualTo(plain);
    }

    private static byte[] decoded(@Nullable String header, byte[] body, int maxBytes) {
        return DecodedBody.whole(ContentCoding.of(header), body, maxBytes);
    }

    private static byte[] readings(int bytes) {
        Random random = new Random(7);
        StringBuilder lines = new StringBuilder(bytes + 100);
        for (long i = 0; lines.length() < bytes; i++) {
            lines.append("{\"sensorId\":\"boiler-7\",\"timestamp\":%d,\"value\":%.3f}\n"
                    .formatted(1_767_225_600_000L + i, random.nextDouble()));
        }
        return Arrays.copyOf(lines.toString().getBytes(UTF_8), bytes);
    }
}
