package io.telltale.local;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a child JVM runs.
 *
 * @param name what it is called in messages, e.g. {@code Kafka}
 * @param javaHome the JDK or JRE to run it with
 * @param options JVM options, in order
 * @param program the main class or jar, with its class path
 * @param arguments arguments of the program
 * @param environment added to the environment of this JVM
 * @param directory its working directory
 * @param log the file its output is appended to
 */
record JvmCommand(
        String name,
        Path javaHome,
        List<String> options,
        Program program,
        List<String> arguments,
        Map<String, String> environment,
        Path directory,
        Path log) {

    JvmCommand {
        options = List.copyOf(options);
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** What the JVM is told to run. */
    sealed interface Program {

        List<String> asArguments();
    }

    /** A main class on a class path of its own. */
    record MainClass(List<Path> classPath, String className) implements Program {

        MainClass {
            classPath = List.copyOf(classPath);
        }

        @Override
        public List<String> asArguments() {
            return List.of(
                    "-cp",
                    classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                    className);
        }
    }

    /** A jar whose manifest names main class and class path. */
    record ExecutableJar(Path jar) implements Program {

        @Override
        public List<String> asArguments() {
            return List.of("-jar", jar.toString());
        }
    }

    /** The home of the JVM that runs this. */
    static Path currentJavaHome() {
        return Path.of(System.getProperty("java.home"));
    }

    /** The command line, with the tether agent at {@code tetherJar} in it. */
    List<String> commandLine(Path tetherJar) {
        List<String> line = new ArrayList<>();
        line.add(javaHome.resolve("bin").resolve("java").toString());
        line.add("-javaagent:" + tetherJar);
        line.addAll(options);
        line.addAll(program.asArguments());
        line.addAll(arguments);
        return line;
    }
}
