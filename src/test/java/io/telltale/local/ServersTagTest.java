package io.telltale.local;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A test that uses servers has the tag {@code servers}, so that {@code -Dquick} leaves it out. Checks what the class
 * files mention; what a test uses indirectly, {@link ServerProcess} refuses to start.
 */
class ServersTagTest {

    private static final List<String> SERVERS = List.of(
            "Lio/quarkus/test/junit/QuarkusTest;",
            "Lio/quarkus/test/junit/QuarkusIntegrationTest;",
            "io/telltale/local/SharedStack",
            "io/telltale/local/LocalStack",
            "io/telltale/local/CassandraNode",
            "io/telltale/local/CassandraCluster",
            "io/telltale/local/KafkaCluster",
            "io/telltale/local/KafkaBroker");

    @Test
    void everyTestOnServersHasTheTag() throws Exception {
        Map<String, String> onServers = classFiles();
        // It names them.
        onServers.remove("io/telltale/local/ServersTagTest");
        onServers.values().removeIf(bytes -> SERVERS.stream().noneMatch(name -> hasConstant(bytes, name)));
        assertThat(onServers).hasSizeGreaterThan(40);
        assertThat(onServers.entrySet().stream()
                        .filter(test -> !isTagged(test.getValue()))
                        .map(Map.Entry::getKey))
                .as("tests that need @Tag(\"servers\")")
                .isEmpty();
    }

    private static boolean isTagged(String bytes) {
        return hasConstant(bytes, "Lorg/junit/jupiter/api/Tag;") && hasConstant(bytes, "servers");
    }

    /** A constant of a class file is two bytes of length, then the text. */
    private static boolean hasConstant(String bytes, String text) {
        return bytes.contains("\0" + (char) text.length() + text);
    }

    /** The bytes of every test, as characters, by its name; with those of its nested classes. */
    private static Map<String, String> classFiles() throws IOException, URISyntaxException {
        Path root = Path.of(ServersTagTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Map<String, String> tests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root.resolve("io/telltale"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = root.relativize(file).toString();
                if (name.matches(".*(Test|IT)(\\$.*)?\\.class")) {
                    tests.merge(
                            name.replaceAll("(\\$.*)?\\.class$", ""),
                            new String(Files.readAllBytes(file), ISO_8859_1),
                            String::concat);
                }
            }
        }
        return tests;
    }
}
