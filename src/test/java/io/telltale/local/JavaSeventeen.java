package io.telltale.local;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds a Java 17 to run Cassandra with. Not a newer one: Cassandra 5.0 installs a security manager, which later
 * releases do not have.
 */
final class JavaSeventeen {

    private static final String WHAT_TO_DO = """
            Install a Java 17 runtime beside the Java you have, for example
              Debian, Ubuntu   apt-get install openjdk-17-jre-headless
              Fedora, RHEL     dnf install java-17-openjdk-headless
              macOS            brew install openjdk@17
              SDKMAN           sdk install java 17.0.15-tem
            or set JAVA17_HOME to one that lies elsewhere.""";

    private final List<Place> places;

    JavaSeventeen(List<Place> places) {
        this.places = List.copyOf(places);
    }

    /** The places where a JDK commonly lies, those that somebody named on purpose first. */
    static JavaSeventeen inCommonPlaces() {
        List<Place> places = new ArrayList<>();
        addIfSet(places, "JAVA17_HOME", System.getenv("JAVA17_HOME"));
        places.add(new Place("the Java that runs this", JvmCommand.currentJavaHome()));
        addIfSet(places, "JAVA_HOME", System.getenv("JAVA_HOME"));
        Path home = Path.of(System.getProperty("user.home", "."));
        Stream.of(
                        Path.of("/usr/lib/jvm"),
                        Path.of("/usr/java"),
                        Path.of("/opt"),
                        Path.of("/opt/java"),
                        Path.of("/Library/Java/JavaVirtualMachines"),
                        Path.of("/opt/homebrew/opt"),
                        Path.of("/usr/local/opt"),
                        home.resolve("Library/Java/JavaVirtualMachines"),
                        home.resolve(".sdkman/candidates/java"),
                        home.resolve(".jdks"),
                        home.resolve(".gradle/jdks"),
                        home.resolve(".asdf/installs/java"),
                        home.resolve(".local/share/mise/installs/java"))
                .flatMap(JavaSeventeen::homesUnder)
                .forEach(places::add);
        return new JavaSeventeen(places);
    }

    /**
     * The home of a Java 17.
     *
     * @throws LocalStackException if there is none; the message names every Java that was found, and what to install
     */
    Path home() {
        List<String> seen = new ArrayList<>();
        for (Place place : places) {
            Optional<String> version = version(place.home());
            if (version.filter(JavaSeventeen::isSeventeen).isPresent()) {
                return place.home();
            }
            if (version.isPresent() || place.isNamed()) {
                seen.add("  %s: %s is %s"
                        .formatted(
                                place.origin(),
                                place.home(),
                                version.map("Java %s"::formatted).orElse("no Java home")));
            }
        }
        throw new LocalStackException("Cassandra needs a Java 17, exactly 17, and none was found.%n%s%n%s"
                .formatted(
                        seen.isEmpty()
                                ? "  No Java was found at all."
                                : String.join(
                                        System.lineSeparator(),
                                        seen.stream().distinct().toList()),
                        WHAT_TO_DO));
    }

    /**
     * A directory that may be a Java home.
     *
     * @param origin who names it: a variable, or the directory it was found in
     */
    record Place(String origin, Path home) {

        /** Whether somebody pointed at exactly this one, so that a message must say what is wrong with it. */
        boolean isNamed() {
            return origin.startsWith("JAVA");
        }
    }

    /** The children of {@code directory}, as homes and as macOS bundles; none if it is not there. */
    static Stream<Place> homesUnder(Path directory) {
        if (!Files.isDirectory(directory)) {
            return Stream.empty();
        }
        try (Stream<Path> children = Files.list(directory)) {
            String origin = directory.toString();
            return children
                    .sorted()
                    .flatMap(child -> Stream.of(
                            child, child.resolve("Contents/Home"), child.resolve("libexec/openjdk.jdk/Contents/Home")))
                    .map(home -> new Place(origin, home))
                    .toList()
                    .stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private static void addIfSet(List<Place> places, String variable, @Nullable String home) {
        if (home != null && !home.isBlank()) {
            places.add(new Place(variable, Path.of(home)));
        }
    }

    private static boolean isSeventeen(String version) {
        return version.equals("17") || version.startsWith("17.");
    }

    /** The version that the {@code release} file of a Java home states; empty if this is no home that can be run. */
    private static Optional<String> version(Path home) {
        if (!Files.isExecutable(home.resolve("bin").resolve("java"))) {
            return Optional.empty();
        }
        Properties release = new Properties();
        try (Reader file = Files.newBufferedReader(home.resolve("release"))) {
            release.load(file);
        } catch (IOException e) {
            return Optional.empty();
        }
        return Optional.ofNullable(release.getProperty("JAVA_VERSION")).map(text -> text.replace("\"", ""));
    }
}
