package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.telltale.sensors.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiKeyFileTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void findsAKeyByItsHash() throws Exception {
        ObjectNode limited =
                TestCredentials.entry("limited", "key-2", "writer", "monitor").put("expires", "2026-01-31T00:00:00Z");
        limited.set("scope", JSON.readTree("{\"sites\":[\"plant-*\"]}"));
        ApiKeyRing ring = parse(TestCredentials.file(TestCredentials.entry("plain", "key-1", "reader"), limited));
        assertThat(ring.size()).isEqualTo(2);
        ApiKey plain = Objects.requireNonNull(ring.find("key-1"));
        assertThat(plain.name()).isEqualTo("plain");
        assertThat(plain.roles()).containsExactly(Role.READER);
        assertThat(plain.scope()).isEqualTo(Scope.EVERYTHING);
        assertThat(plain.isExpiredAt(Long.MAX_VALUE - 1)).isFalse();
        assertThat(ring.find("key-1")).isSameAs(plain);
        ApiKey found = Objects.requireNonNull(ring.find("key-2"));
        assertThat(found.roles()).containsExactlyInAnyOrder(Role.WRITER, Role.MONITOR);
        assertThat(found.scope()).isEqualTo(new Scope(List.of("plant-*"), null, null));
        assertThat(found.isExpiredAt(1_769_817_599_999L)).isFalse();
        assertThat(found.isExpiredAt(1_769_817_600_000L)).isTrue();
        assertThat(List.of("", "key", "key-3", "KEY-1"))
                .allSatisfy(key -> assertThat(ring.find(key)).isNull());
        assertThat(found.toString()).isEqualTo("API key limited");
    }

    @Test
    void acceptsAFileWithoutKeys() {
        assertThat(parse("{\"keys\":[]}").find("key-1")).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            name    | 7                          | keys[1].name
            name    | " "                        | keys[1].name
            name    | "first"                    | keys[1].name
            salt    | "AAAA"                     | keys[1].salt
            salt    | "not base64!"              | keys[1].salt
            hash    | "c2VjcmV0c2VjcmV0"         | keys[1].hash
            hash    | null                       | keys[1].hash
            roles   | "reader"                   | keys[1].roles
            roles   | []                         | keys[1].roles
            roles   | ["reader","owner"]         | keys[1].roles
            roles   | ["reader","reader"]        | keys[1].roles
            scope   | {"site":["a"]}             | keys[1].scope
            scope   | {"sites":"a"}              | keys[1].scope
            scope   | null                       | keys[1].scope
            expires | "tomorrow"                 | keys[1].expires
            expires | 1769817600000              | keys[1].expires
            role    | "reader"                   | keys[1].role
            """)
    void namesWhatIsNotValid(String member, String value, String named) throws Exception {
        ObjectNode entry = TestCredentials.entry("second", "key-2", "reader");
        entry.set(member, JSON.readTree(value));
        String file = TestCredentials.file(TestCredentials.entry("first", "key-1", "reader"), entry);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> parse(file))
                .withMessageStartingWith(named)
                .withMessageContaining("expected ")
                .satisfies(e -> assertThat(e.getMessage())
                        .doesNotContain("c2VjcmV0")
                        .doesNotContain(entry.path("hash").asText("?")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{", "[]", "''", "{\"keys\":{}}", "{\"keys\":[]} x", "{\"keys\":[],\"keys\":[]}", "{\"keys\":[7]}"
            })
    void refusesWhatIsNoFile(String content) {
        assertThatIllegalArgumentException().isThrownBy(() -> parse(content)).withMessageContaining("expected ");
    }

    private static ApiKeyRing parse(String file) {
        return ApiKeyFile.parse(file.getBytes(StandardCharsets.UTF_8));
    }

    /** The command prints what the file accepts. */
    static ApiKeyRing ringOf(String entry) throws IOException {
        return parse(TestCredentials.file((ObjectNode) JSON.readTree(entry)));
    }
}
