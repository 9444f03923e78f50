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
 * @param launcher a command that executes the JVM, to be written before it; often empty
 */
record JvmCommand(
        String name,
        Path javaHome,
        List<String> options,
        Program program,
        List<String> arguments,
        Map<String, String> environment,
        Path directory,
        Path log,
        List<String> launcher) {

    /** The shell becomes the program; what it leaves behind reads the pipe, and kills the program at its end. */
    private static final String WATCHED = """
            trap '' INT HUP TERM
            exec 3<&0 </dev/null
            (cat <&3 >/dev/null; kill -KILL $$) >/dev/null 2>&1 &
            exec 3<&-
            trap - HUP TERM
            exec "$@"
            """;

    JvmCommand {
        options = List.copyOf(options);
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
        launcher = List.copyOf(launcher);
    }

    /** Without a launcher. */
    JvmCommand(
            String name,
            Path javaHome,
            List<String> options,
            Program program,
            List<String> arguments,
            Map<String, String> environment,
            Path directory,
            Path log) {
        this(name, javaHome, options, program, arguments, environment, directory, log, List.of());
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

    /** A program that brings its virtual machine along, and takes the options of one. */
    record NativeExecutable(Path file) implements Program {

        @Override
        public List<String> asArguments() {
            return List.of();
        }
    }

    /** The home of the JVM that runs this. */
    static Path currentJavaHome() {
        return Path.of(System.getProperty("java.home"));
    }

    /**
     * The command line. It never outlives the pipe at its standard input: the tether agent at {@code tetherJar} sees to
     * that in a JVM; a native executable takes no agents, so a small shell watches over it.
     */
    List<String> commandLine(Path tetherJar) {
        List<String> line = new ArrayList<>();
        // An ignored SIGINT stays ignored across exec, and a JVM that starts with it ignored leaves it so.
        if (program instanceof NativeExecutable executable) {
            line.addAll(List.of("/bin/sh", "-c", WATCHED, "sh"));
            line.addAll(launcher);
            line.add(executable.file().toString());
            line.addAll(options);
            line.addAll(arguments);
            return line;
        }
        line.addAll(List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
        line.addAll(launcher);
        line.add(javaHome.resolve("bin").resolve("java").toString());
        line.add("-javaagent:" + tetherJar);
        line.addAll(options);
        line.addAll(program.asArguments());
        line.addAll(arguments);
        return line;
    }
}
