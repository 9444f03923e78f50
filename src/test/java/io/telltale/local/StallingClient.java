package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client that requests more than it reads: its receive buffer is small, and it reads only when it is told. */
public final class StallingClient implements Closeable {

    private static final int RECEIVE_BUFFER = 4_096;
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket;

    private StallingClient(Socket socket) {
        this.socket = socket;
    }

    /**
     * Sends the head of a request over HTTP/1.1.
     *
     * @param port of the service on this machine
     * @param request such as {@code GET /api/v1/types}
     * @param headers such as {@code Accept: text/csv}
     */
    public static StallingClient send(int port, String request, String... headers) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(RECEIVE_BUFFER);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.connect(new InetSocketAddress("localhost", port));
        socket.getOutputStream()
                .write("%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n"
                        .formatted(request, String.join("\r\n", headers))
                        .getBytes(StandardCharsets.US_ASCII));
        return new StallingClient(socket);
    }

    /** Reads the start of the response, and fails if that is not a 200. */
    public void assertBegins() throws IOException {
        assertThat(new String(response().readNBytes(12), StandardCharsets.US_ASCII))
                .isEqualTo("HTTP/1.1 200");
    }

    /** The response from the first byte on that was not read. */
    public InputStream response() throws IOException {
        return socket.getInputStream();
    }

    /** Disconnects. */
    public void leave() throws IOException {
        socket.close();
    }

    @Override
    public void close() throws IOException {
        leave();
    }
}
