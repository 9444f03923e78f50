package io.telltale.bench;

import io.telltale.local.ServiceSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A way to run the packaged service.
 *
 * @param label what it is called in tables
 * @param program the native executable, or a Java
 * @param options of it
 * @param arguments behind all options
 */
record RuntimeForm(String label, Path program, List<String> options, List<String> arguments) {

    static final String HEAP = "-Xmx256m";

    RuntimeForm {
        options = List.copyOf(options);
        arguments = List.copyOf(arguments);
    }

    ServiceSettings runs(ServiceSettings settings) {
        return settings.withProgram(program, arguments)
                .withJvmOptions(Stream.concat(Stream.of(HEAP), options.stream()).toArray(String[]::new));
    }

    /** All that can be had here; says of the others what is missing. */
    static List<RuntimeForm> available(Narrator narrator) {
        List<RuntimeForm> forms = new ArrayList<>();
        executable()
                .ifPresentOrElse(
                        file -> forms.add(new RuntimeForm("native", file, List.of(), List.of())),
                        () -> narrator.say("without the native executable: mvn package -Dnative makes it"));
        forms.add(jar("JVM " + Runtime.version().feature(), Path.of(System.getProperty("java.home")), List.of()));
        javaTwentyFive()
                .ifPresentOrElse(
                        home -> {
                            forms.add(jar("JVM 25", home, List.of()));
                            forms.add(jar("JVM 25, AOT cache", home, List.of("-XX:AOTCache=" + cache())));
                        },
                        () -> narrator.say(
                                "without Java 25: there is none in /usr/lib/jvm, and JAVA25_HOME names none"));
        return forms;
    }

    /** Where the cache of {@link #jar} with one is to be. */
    static Path cache() {
        return Project.directory().resolve("target/bench/startup/service.aot");
    }

    boolean hasCache() {
        return options.contains("-XX:AOTCache=" + cache());
    }

    /** The same as it runs once to fill the cache. */
    RuntimeForm filling() {
        return new RuntimeForm(label, program, List.of("-XX:AOTCacheOutput=" + cache()), arguments);
    }

    private static RuntimeForm jar(String label, Path javaHome, List<String> options) {
        return new RuntimeForm(
                label,
                javaHome.resolve("bin/java"),
                options,
                List.of("-jar", ServiceSettings.packagedJar().toString()));
    }

    /** The service's native executable, if it was made. */
    static Optional<Path> executable() {
        return first(Project.directory().resolve("target"), ".*-runner");
    }

    private static Optional<Path> javaTwentyFive() {
        String named = System.getenv("JAVA25_HOME");
        Optional<Path> home = named == null ? first(Path.of("/usr/lib/jvm"), ".*25.*") : Optional.of(Path.of(named));
        return home.filter(java -> Files.isExecutable(java.resolve("bin/java")));
    }

    private static Optional<Path> first(Path directory, String pattern) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> entry.getFileName().toString().matches(pattern))
                    .sorted()
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
