package io.telltale.bench;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Says on the screen what is being done. */
public final class Narrator {

    /** Not System.out: Maven has put its own in there. */
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private final long startNanos = System.nanoTime();

    public void say(String format, Object... arguments) {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        OUT.printf(Locale.ROOT, "%7.1f s  %s%n", seconds, String.format(Locale.ROOT, format, arguments));
    }
}
