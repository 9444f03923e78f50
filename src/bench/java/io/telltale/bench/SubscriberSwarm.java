package io.telltale.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Many who watch one stream of server-sent events, on one thread: counts the events that carry readings. Of a few it
 * reads the values, which say when a reading was sent.
 */
final class SubscriberSwarm implements AutoCloseable {

    private static final byte[] EVENT = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VALUE = "\"value\":".getBytes(StandardCharsets.US_ASCII);
    private static final Duration OPEN_LIMIT = Duration.ofSeconds(60);

    /** So many connect before the next ones do: what waits to be accepted is bounded. */
    private static final int CONNECTING_AT_ONCE = 100;

    private final Selector selector;
    private final Thread thread;
    private final AtomicLong open = new AtomicLong();
    private final AtomicLong events = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final Histogram ages = new Histogram(3_600_000_000L, 3);
    private volatile boolean isEnough;
    private volatile @Nullable Exception failure;

    /** One of them, and how far it is within what it looks for. */
    private static final class Watching {
        private final boolean isSlow;
        private final boolean isTimed;
        /** Null without TLS. */
        private final @Nullable TlsClient tls;

        private boolean isOpen;
        private int inEvent;
        private int inValue;
        private final StringBuilder number = new StringBuilder();
        private boolean isInNumber;

        Watching(boolean isSlow, boolean isTimed, @Nullable TlsClient tls) {
            this.isSlow = isSlow;
            this.isTimed = isTimed;
            this.tls = tls;
        }
    }

    /** Opens the streams over HTTP without a credential, and returns when all of them are open. */
    static SubscriberSwarm open(URI stream, int count, int slow, int timed) {
        return open(stream, HttpAccess.PLAIN, count, slow, timed);
    }

    /**
     * Opens the streams, and returns when all of them are.
     *
     * @param stream the URL
     * @param access to it
     * @param count how many
     * @param slow how many of them read nothing once they are open
     * @param timed how many of the others tell how old readings are
     */
    static SubscriberSwarm open(URI stream, HttpAccess access, int count, int slow, int timed) {
        try {
            SubscriberSwarm swarm = new SubscriberSwarm(Selector.open());
            swarm.connect(stream, access, count, slow, timed);
            return swarm;
        } catch (IOException e) {
            throw new BenchException("streams of %s could not be opened".formatted(stream), e);
        }
    }

    private SubscriberSwarm(Selector selector) {
        this.selector = selector;
        this.thread = new Thread(this::read, "subscribers");
        thread.setDaemon(true);
        thread.start();
    }

    private void connect(URI stream, HttpAccess access, int count, int slow, int timed) throws IOException {
        String path =
                stream.getRawQuery() == null ? stream.getRawPath() : stream.getRawPath() + "?" + stream.getRawQuery();
        byte[] request = "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n%s\r\n"
                .formatted(path, stream.getAuthority(), access.header())
                .getBytes(StandardCharsets.US_ASCII);
        for (int number = 0; number < count; number++) {
            SocketChannel channel = SocketChannel.open();
            if (number < slow) {
                // Else the system takes megabytes for one who does not read.
                channel.setOption(StandardSocketOptions.SO_RCVBUF, 4_096);
            }
            channel.connect(new InetSocketAddress(stream.getHost(), stream.getPort()));
            TlsClient tls = request(channel, access, request);
            channel.configureBlocking(false);
            // Spread over all of them: some servers serve those first who came first.
            boolean isTimed = timed > 0 && number >= slow && (number - slow) % ((count - slow) / timed) == 0;
            channel.register(selector, SelectionKey.OP_READ, new Watching(number < slow, isTimed, tls));
            selector.wakeup();
            int atLeast = number - CONNECTING_AT_ONCE;
            awaitOpen(atLeast);
        }
        awaitOpen(count);
    }

    /** Sends the request; returns the TLS of the channel, if it has any. */
    private static @Nullable TlsClient request(SocketChannel channel, HttpAccess access, byte[] request)
            throws IOException {
        SSLContext trusted = access.trusted();
        if (trusted == null) {
            channel.write(ByteBuffer.wrap(request));
            return null;
        }
        TlsClient tls = TlsClient.open(channel, trusted);
        tls.send(ByteBuffer.wrap(request));
        return tls;
    }

    private void awaitOpen(int count) {
        if (open.get() < count) {
            Awaitility.await()
                    .atMost(OPEN_LIMIT)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> open.get() >= count);
        }
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1_024);
        try {
            while (!isEnough) {
                selector.select(100);
                for (SelectionKey key : selector.selectedKeys()) {
                    read(key, buffer);
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
    }

    private void read(SelectionKey key, ByteBuffer buffer) throws IOException {
        Watching one = (Watching) key.attachment();
        buffer.clear();
        int length = one.tls == null ? ((SocketChannel) key.channel()).read(buffer) : one.tls.read(buffer);
        if (length < 0) {
            key.cancel();
            key.channel().close();
            return;
        }
        if (length > 0 && !one.isOpen) {
            one.isOpen = true;
            open.incrementAndGet();
            if (one.isSlow) {
                key.interestOps(0);
            }
        }
        buffer.flip();
        bytes.addAndGet(one.tls == null ? length : one.tls.takeReceivedBytes());
        long found = 0;
        for (int at = 0; at < length; at++) {
            byte next = buffer.get(at);
            one.inEvent = next == EVENT[one.inEvent] ? one.inEvent + 1 : next == EVENT[0] ? 1 : 0;
            if (one.inEvent == EVENT.length) {
                one.inEvent = 0;
                found++;
            }
            if (one.isTimed) {
                time(one, next);
            }
        }
        events.addAndGet(found);
    }

    private void time(Watching one, byte next) {
        if (one.isInNumber) {
            if (next != ',' && next != '}') {
                one.number.append((char) next);
            } else {
                // Some write 26422977303 as 2.6422977303E10.
                long dueMicros = (long) Double.parseDouble(one.number.toString());
                ages.recordValue(Math.max(0, System.nanoTime() / 1_000 - dueMicros));
                one.number.setLength(0);
                one.isInNumber = false;
            }
        } else {
            one.inValue = next == VALUE[one.inValue] ? one.inValue + 1 : next == VALUE[0] ? 1 : 0;
            if (one.inValue == VALUE.length) {
                one.inValue = 0;
                one.isInNumber = true;
            }
        }
    }

    /** How many events with a reading all of them have seen. */
    long events() {
        Exception broken = failure;
        if (broken != null) {
            throw new BenchException("a stream broke off", broken);
        }
        return events.get();
    }

    /** As received: with TLS, encrypted. */
    long bytes() {
        return bytes.get();
    }

    /** From when a reading was due to be sent until it was seen, in microseconds. To be read when nothing comes. */
    Histogram ages() {
        return ages;
    }

    @Override
    public void close() {
        isEnough = true;
        selector.wakeup();
        try {
            thread.join(Duration.ofSeconds(10).toMillis());
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new BenchException("streams could not be closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
