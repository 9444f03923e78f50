package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaSeventeenTest {

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it before each test.
    private Path machine;

    @Test
    void theFirstSeventeenIsTaken() throws IOException {
        Path newer = javaHome("newer", "25.0.1");
        Path seventeen = javaHome("seventeen", "17.0.15");
        Path another = javaHome("another", "17");

        assertThat(finder(place("JAVA_HOME", newer), place("JAVA17_HOME", seventeen), place("/opt", another))
                        .home())
                .isEqualTo(seventeen);
    }

    @Test
    void aVersionThatOnlyBeginsLikeItIsNotTaken() throws IOException {
        Path odd = javaHome("odd", "170.0.1");

        assertThatThrownBy(() -> finder(place("/opt", odd)).home()).hasMessageContaining("is Java 170.0.1");
    }

    @Test
    void withoutOneTheMessageSaysWhatWasFoundAndWhatToInstall() throws IOException {
        Path newer = javaHome("newer", "25.0.1");
        Path nothing = machine.resolve("nothing");

        assertThatThrownBy(() -> finder(place("JAVA17_HOME", nothing), place("the Java that runs this", newer))
                        .home())
                .isInstanceOf(LocalStackException.class)
                .hasMessageContaining("Cassandra needs a Java 17, exactly 17")
                .hasMessageContaining("JAVA17_HOME: " + nothing + " is no Java home")
                .hasMessageContaining("the Java that runs this: " + newer + " is Java 25.0.1")
                .hasMessageContaining("apt-get install openjdk-17-jre-headless")
                .hasMessageContaining("set JAVA17_HOME");
    }

    @Test
    void homesAreFoundUnderADirectoryAndInBundles() throws IOException {
        Path plain = javaHome("jdks/plain", "17.0.1");
        Path bundled = javaHome("jdks/bundle/Contents/Home", "17.0.2");

        assertThat(JavaSeventeen.homesUnder(machine.resolve("jdks")).map(JavaSeventeen.Place::home))
                .contains(plain, bundled);
        assertThat(JavaSeventeen.homesUnder(machine.resolve("not-there"))).isEmpty();
    }

    private Path javaHome(String name, String version) throws IOException {
        Path home = machine.resolve(name);
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        assertThat(Files.createFile(java).toFile().setExecutable(true)).isTrue();
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    private static JavaSeventeen.Place place(String origin, Path home) {
        return new JavaSeventeen.Place(origin, home);
    }

    private static JavaSeventeen finder(JavaSeventeen.Place... places) {
        return new JavaSeventeen(List.of(places));
    }
}
