package io.telltale.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports that nothing listens on. They lie below the range from which systems take the local ports of outgoing
 * connections: a server that is killed and started again must find its port still free.
 */
public final class FreePorts {

    static final String LOOPBACK = "127.0.0.1";

    /** An eighth of the range is a process's own: of two that look for ports at once few hand out the same. */
    private static final int WIDTH = 1_250;

    private static final int LOWEST = 20_000 + (int) (ProcessHandle.current().pid() % 8) * WIDTH;
    private static final int HIGHEST = LOWEST + WIDTH - 1;
    private static final int CONNECT_MILLIS = 1_000;
    private static final Set<Integer> HANDED_OUT = ConcurrentHashMap.newKeySet();

    private FreePorts() {}

    /** A port that is free on loopback, and not handed out before by this process. */
    public static int next() {
        return next(List.of(LOOPBACK));
    }

    /** A port that is free on all of {@code addresses}. */
    static int next(List<String> addresses) {
        for (int attempt = 0; attempt < 1_000; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
            if (addresses.stream().allMatch(address -> isFree(address, port)) && HANDED_OUT.add(port)) {
                return port;
            }
        }
        throw new LocalStackException("no free port between %d and %d on %s".formatted(LOWEST, HIGHEST, addresses));
    }

    /** Whether a server accepts connections there. */
    static boolean accepts(String address, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static boolean isFree(String address, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
            return true;
        } catch (UnknownHostException e) {
            throw new LocalStackException("no such address: " + address, e);
        } catch (IOException e) {
            return false;
        }
    }
}
