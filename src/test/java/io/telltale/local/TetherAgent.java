package io.telltale.local;

import java.io.IOException;

/**
 * Ties a JVM to the process that started it. Loaded as a Java agent into a child, it reads the child's standard input,
 * a pipe of which the parent holds the other end. The operating system closes that end however the parent dies, also
 * by SIGKILL, and then the child ends at once. Needs nothing of the child's own program.
 *
 * <p>This class travels alone in a jar of its own (see {@link Tether}), so it uses the JDK only.
 */
public final class TetherAgent {

    private static final int PARENT_IS_GONE = 97;

    private TetherAgent() {}

    public static void premain(String arguments) {
        Thread tether = new Thread(TetherAgent::haltWhenParentIsGone, "tether");
        tether.setDaemon(true);
        tether.start();
    }

    private static void haltWhenParentIsGone() {
        try {
            byte[] ignored = new byte[64];
            while (System.in.read(ignored) >= 0) {
                // Nothing is ever said over this pipe; only its end matters.
            }
        } catch (IOException e) {
            // A pipe that cannot be read is as good as closed.
        }
        // Not exit: a shutdown that waits for a broker or a database that is gone too could take for ever.
        Runtime.getRuntime().halt(PARENT_IS_GONE);
    }
}
