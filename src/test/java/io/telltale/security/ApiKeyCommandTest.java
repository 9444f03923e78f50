package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Scope;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyCommandTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void printsAKeyAndItsEntry() throws Exception {
        assertThat(run(
                        "--name", "dashboards",
                        "--roles", "reader,monitor",
                        "--scope", "{\"types\":[\"boiler\"]}",
                        "--expires", "2027-01-31T00:00:00Z"))
                .isZero();
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(2);
        String key = lines.get(0);
        assertThat(key).matches("tt_[A-Za-z0-9_-]{43}");
        assertThat(lines.get(1)).doesNotContain(key);
        ApiKey entry =
                Objects.requireNonNull(ApiKeyFileTest.ringOf(lines.get(1)).find(key));
        assertThat(entry.name()).isEqualTo("dashboards");
        assertThat(entry.roles()).containsExactlyInAnyOrder(Role.READER, Role.MONITOR);
        assertThat(entry.scope()).isEqualTo(new Scope(null, List.of("boiler"), null));
        assertThat(entry.expiresMillis()).isEqualTo(1_801_353_600_000L);
    }

    @Test
    void makesAnotherKeyEachTime() {
        run("--name", "a", "--roles", "reader");
        run("--name", "a", "--roles", "reader");
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(4).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--name a",
                "--roles reader",
                "--name a --roles owner",
                "--name a --roles reader --roles writer",
                "--name a --roles reader --scope {",
                "--name a --roles reader --scope {\"site\":[]}",
                "--name a --roles reader --expires tomorrow",
                "--name a --roles reader --colour red",
                "--name a --roles"
            })
    void explainsABadCommand(String arguments) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
                .isEqualTo(2);
        assertThat(out.size()).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("usage: make-api-key --name NAME --roles");
    }

    private int run(String... arguments) {
        return new ApiKeyCommand(new SecureRandom()::nextBytes, new PrintStream(out, true), new PrintStream(err, true))
                .execute(Arrays.asList(arguments));
    }
}
