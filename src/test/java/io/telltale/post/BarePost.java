package io.telltale.post;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Locale;

/** A POST over a plain socket: the test controls when each chunk is sent. */
final class BarePost implements AutoCloseable {

    private static final int ANSWER_MILLIS = 40_000;

    private final Socket socket;

    /** The answer. */
    record Answer(String head, String body) {

        int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(body);
        }
    }

    private BarePost(Socket socket) {
        this.socket = socket;
    }

    /**
     * Sends the head.
     *
     * @param headers further header lines, without line ends
     */
    static BarePost open(int port, String contentType, String... headers) throws IOException {
        BarePost post = new BarePost(new Socket("localhost", port));
        post.socket.setSoTimeout(ANSWER_MILLIS);
        post.socket.setTcpNoDelay(true);
        StringBuilder head = new StringBuilder("""
                        POST /api/v1/readings HTTP/1.1\r
                        Host: localhost\r
                        Transfer-Encoding: chunked\r
                        Content-Type: %s\r
                        """.formatted(contentType));
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        post.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
        return post;
    }

    /** Sends a chunk. */
    BarePost send(String text) throws IOException {
        return send(text.getBytes(UTF_8));
    }

    /** Sends a chunk. */
    BarePost send(byte[] bytes) throws IOException {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(ISO_8859_1));
        chunk.write(bytes);
        chunk.write("\r\n".getBytes(ISO_8859_1));
        write(chunk.toByteArray());
        return this;
    }

    /** Ends the body and reads the answer. */
    Answer end() throws IOException {
        write("0\r\n\r\n".getBytes(ISO_8859_1));
        return answer();
    }

    /** Reads an answer, whether or not the body is complete. */
    Answer answer() throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the connection ended after '%s'".formatted(head.toString(ISO_8859_1)));
            }
            head.write(next);
        }
        String text = head.toString(ISO_8859_1).toLowerCase(Locale.ROOT);
        int at = text.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)));
        return new Answer(text, new String(in.readNBytes(length), UTF_8));
    }

    private void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** Disconnects, in the middle of the body if it is not complete. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
