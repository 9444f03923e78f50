package io.telltale.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between a client and a server on loopback, and makes the way between them slow, or cuts it. It holds at most
 * {@value #CHUNKS} chunks of {@value #CHUNK_BYTES} bytes per connection; a server that sends more waits.
 */
public final class TcpRelay implements AutoCloseable {

    private static final int CHUNK_BYTES = 16_384;
    private static final int CHUNKS = 256;
    private static final byte[] NOTHING = {};

    private final String targetHost;
    private final int targetPort;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile long delayNanos;
    private final AtomicLong bytesUntilCut = new AtomicLong(Long.MAX_VALUE);
    private volatile boolean isCut;

    /** What a server has sent, and when it may go on. Empty: the server has closed. */
    @SuppressWarnings("ArrayRecordComponent") // never compared for equality
    private record Chunk(byte[] bytes, long dueNanos) implements Delayed {

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.signum(dueNanos - ((Chunk) other).dueNanos);
        }
    }

    /** The answers of one connection that are under way: in order, each not before it is due. */
    private static final class Answers {
        private final DelayQueue<Chunk> underWay = new DelayQueue<>();
        private final Semaphore room = new Semaphore(CHUNKS);
        private long lastDueNanos = System.nanoTime();

        /**
         * Waits for room. Used by one thread. No chunk is due before the one it follows, also where the delay was
         * shortened.
         */
        void put(byte[] bytes, long delayNanos) throws InterruptedException {
            room.acquire();
            add(bytes, delayNanos);
        }

        /** The server has closed. Waits for nothing. */
        void end(long delayNanos) {
            add(NOTHING, delayNanos);
        }

        private void add(byte[] bytes, long delayNanos) {
            lastDueNanos = Math.max(lastDueNanos + 1, System.nanoTime() + delayNanos);
            underWay.add(new Chunk(bytes, lastDueNanos));
        }

        /** Waits until the next is due. */
        byte[] take() throws InterruptedException {
            Chunk chunk = underWay.take();
            room.release();
            return chunk.bytes();
        }

        /** Nobody takes any more: whoever waits for room finds it. */
        void abandon() {
            room.release(Integer.MAX_VALUE / 2);
        }
    }

    private TcpRelay(String targetHost, int targetPort, ServerSocket listener) {
        this.targetHost = targetHost;
        this.targetPort = targetPort;
        this.listener = listener;
    }

    /**
     * Opens a way to a server, at first without delay.
     *
     * @param target {@code host:port}
     */
    public static TcpRelay to(String target) {
        int colon = target.lastIndexOf(':');
        try {
            TcpRelay relay = new TcpRelay(
                    target.substring(0, colon),
                    Integer.parseInt(target.substring(colon + 1)),
                    new ServerSocket(FreePorts.next(), 64, InetAddress.getLoopbackAddress()));
            run("relay-accept", relay::accept);
            return relay;
        } catch (IOException e) {
            throw new LocalStackException("could not open a relay to " + target, e);
        }
    }

    /** {@code host:port} for clients. */
    public String address() {
        return FreePorts.LOOPBACK + ":" + listener.getLocalPort();
    }

    /** From now on every answer comes this much later; how many are under way at once is not limited by that. */
    public void delayAnswers(Duration delay) {
        delayNanos = delay.toNanos();
    }

    /** Breaks all connections, and every new one at once, until {@link #mend}. */
    public void cut() {
        isCut = true;
        sockets.forEach(TcpRelay::closeQuietly);
    }

    /** Does the same when so many more bytes of answers have come through; connections to come count, too. */
    public void cutAfter(long bytes) {
        bytesUntilCut.set(bytes);
    }

    /** Whether nothing comes through. */
    public boolean isCut() {
        return isCut;
    }

    /** Lets new connections through. */
    public void mend() {
        bytesUntilCut.set(Long.MAX_VALUE);
        isCut = false;
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            cut();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                connect(listener.accept());
            } catch (IOException e) {
                // The listener was closed, or the server is away: then the client sees its connection closed.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        sockets.add(client);
        Socket server;
        try {
            server = new Socket(targetHost, targetPort);
        } catch (IOException e) {
            closeQuietly(client);
            sockets.remove(client);
            throw e;
        }
        sockets.add(server);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        if (isCut) {
            end(client, server);
            return;
        }
        Answers answers = new Answers();
        run("relay-requests", () -> forward(client, server));
        run("relay-answers-in", () -> take(client, server, answers));
        run("relay-answers-out", () -> give(client, server, answers));
    }

    private void forward(Socket client, Socket server) {
        try (InputStream in = client.getInputStream();
                OutputStream out = server.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            // One of the two has ended; so does the other.
        } finally {
            end(client, server);
        }
    }

    private void take(Socket client, Socket server, Answers answers) {
        byte[] buffer = new byte[CHUNK_BYTES];
        try (InputStream in = server.getInputStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                answers.put(Arrays.copyOf(buffer, read), delayNanos);
            }
        } catch (IOException e) {
            end(client, server); // What is under way finds its client gone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            answers.end(delayNanos);
        }
    }

    private void give(Socket client, Socket server, Answers answers) {
        try (OutputStream out = client.getOutputStream()) {
            for (byte[] bytes = answers.take(); bytes.length > 0; bytes = answers.take()) {
                int through = (int) Math.max(0, Math.min(bytes.length, bytesUntilCut.get()));
                out.write(bytes, 0, through);
                if (bytesUntilCut.addAndGet(-bytes.length) <= 0) {
                    cut();
                }
            }
        } catch (IOException e) {
            // The client has ended.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end(client, server);
            answers.abandon();
        }
    }

    private void end(Socket client, Socket server) {
        closeQuietly(client);
        closeQuietly(server);
        sockets.remove(client);
        sockets.remove(server);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more, closed or not.
        }
    }

    private static void run(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
