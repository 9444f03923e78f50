package io.telltale.query;

import static io.restassured.RestAssured.given;
import static io.telltale.query.ReadingPagesTest.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.telltale.api.CursorSigner;
import io.telltale.api.SharedCursorSigner;
import io.telltale.fleet.TestFleet;
import io.telltale.local.LocalStackResource;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A forged cursor without the key fails like a damaged one. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ForgedCursorsTest {

    private static final int KEYED_BYTES = 12;

    private static TestFleet fleet;
    private static List<String> pages;

    @Inject
    SharedCursorSigner signer;

    @BeforeAll
    static void readingsAreStored() {
        fleet = TestFleet.ofType("made-up");
        String first = fleet.newSensor();
        String second = fleet.newSensor();
        for (int minute = 0; minute < 3; minute++) {
            fleet.send(first, "2026-01-01T00:0%d:00Z".formatted(minute), minute);
            fleet.send(second, "2026-01-01T00:0%d:00Z".formatted(minute), minute);
        }
        fleet.awaitStored();
        pages = List.of(
                "/sensors/" + first + "/readings?from=0&to=1800000000000&limit=1",
                "/sensors?type=made-up&limit=1",
                "/readings/latest?type=made-up&limit=1");
    }

    @AfterAll
    static void close() {
        fleet.close();
    }

    @Test
    void rejectsACursorSignedWithoutTheKey() {
        for (String page : pages) {
            String given = get(page).jsonPath().getString("next");
            for (String madeUp : List.of(
                    sealed(given, CursorSigner.CHECKSUM),
                    sealed(given, CursorSigner.keyed(new byte[32])),
                    withAnotherPlace(given))) {
                assertProblem(get(page + "&cursor=" + madeUp), 400, "bad-cursor", madeUp.substring(0, 20));
            }
            assertThat(sealed(given, signer.get())).isEqualTo(given);
        }
    }

    /** The signature is valid, but belongs to another cursor. */
    private static String withAnotherPlace(String cursor) {
        byte[] bytes = Base64.getUrlDecoder().decode(cursor);
        bytes[bytes.length - KEYED_BYTES - 1]++;
        return text(bytes);
    }

    private static String sealed(String cursor, CursorSigner seal) {
        byte[] bytes = Base64.getUrlDecoder().decode(cursor);
        byte[] content = Arrays.copyOf(bytes, bytes.length - KEYED_BYTES);
        content[0] = seal.version();
        return text(ByteBuffer.allocate(content.length + seal.bytes())
                .put(content)
                .put(seal.of(content, content.length))
                .array());
    }

    private static String text(byte[] cursor) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor);
    }

    private static Response get(String path) {
        return given().urlEncodingEnabled(false).get("/api/v1" + path);
    }
}
