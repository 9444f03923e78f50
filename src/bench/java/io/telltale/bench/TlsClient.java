package io.telltale.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;

/**
 * The client's side of TLS on one channel, for a thread that reads many of them. The handshake and requests block, so
 * they are done before the channel is non-blocking; reads then take what has arrived.
 */
final class TlsClient {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final SSLEngine engine;
    /** What was received and is not decrypted yet: at most a part of a record between reads. */
    private final ByteBuffer received;

    private final ByteBuffer toSend;
    private long receivedBytes;

    private TlsClient(SocketChannel channel, SSLEngine engine) {
        this.channel = channel;
        this.engine = engine;
        this.received = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        this.toSend = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    }

    /** Shakes hands on a channel that is connected and blocks. */
    static TlsClient open(SocketChannel channel, SSLContext trusted) throws IOException {
        SSLEngine engine = trusted.createSSLEngine();
        engine.setUseClientMode(true);
        TlsClient client = new TlsClient(channel, engine);
        client.shakeHands();
        return client;
    }

    private void shakeHands() throws IOException {
        ByteBuffer unexpected = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        engine.beginHandshake();
        while (isShakingHands()) {
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                runTasks();
            } else if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                send(NOTHING);
            } else if (decrypt(unexpected) == Status.BUFFER_UNDERFLOW && channel.read(received) < 0) {
                throw new IOException("the server closed the connection during the handshake");
            }
        }
    }

    private boolean isShakingHands() {
        HandshakeStatus status = engine.getHandshakeStatus();
        return status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    /** Sends a request. Blocks. */
    void send(ByteBuffer request) throws IOException {
        do {
            toSend.clear();
            SSLEngineResult unused = engine.wrap(request, toSend);
            toSend.flip();
            while (toSend.hasRemaining()) {
                channel.write(toSend);
            }
        } while (request.hasRemaining());
    }

    /** Decrypts one record of those received. */
    private Status decrypt(ByteBuffer target) throws IOException {
        received.flip();
        try {
            return engine.unwrap(received, target).getStatus();
        } finally {
            received.compact();
            if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                runTasks();
            }
        }
    }

    /**
     * Decrypts what has arrived, without blocking, until the target is nearly full.
     *
     * @return the number of bytes, which may be 0; -1 at the end
     */
    int read(ByteBuffer target) throws IOException {
        int before = target.position();
        boolean isEnd = false;
        // What is received at once, decrypted, always fits: what stays encrypted would wait for the next bytes.
        while (!isEnd && target.remaining() > received.capacity()) {
            int length = channel.read(received);
            receivedBytes += Math.max(0, length);
            Status status = decrypt(target);
            while (status == Status.OK) {
                status = decrypt(target);
            }
            isEnd = length < 0 || status == Status.CLOSED;
            if (length <= 0) {
                break;
            }
        }
        int decrypted = target.position() - before;
        return decrypted == 0 && isEnd ? -1 : decrypted;
    }

    /** The number of encrypted bytes since the last call. */
    long takeReceivedBytes() {
        long bytes = receivedBytes;
        receivedBytes = 0;
        return bytes;
    }
}
