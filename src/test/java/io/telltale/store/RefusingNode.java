package io.telltale.store;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A node on loopback that ends each handshake of the driver, over version 4 of the protocol, with the same error. */
final class RefusingNode implements AutoCloseable {

    static final int PROTOCOL_ERROR = 0x000A;
    static final int BAD_CREDENTIALS = 0x0100;

    private static final int VERSION = 4;
    private static final int RESPONSE = 0x80;

    private static final int ERROR = 0x00;
    private static final int STARTUP = 0x01;
    private static final int AUTHENTICATE = 0x03;
    private static final int OPTIONS = 0x05;
    private static final int SUPPORTED = 0x06;

    private record Refusal(int code, String message) {}

    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger refused = new AtomicInteger();
    private volatile Refusal refusal;

    RefusingNode(int code, String message) {
        refusal = new Refusal(code, message);
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    void refuses(int code, String message) {
        refusal = new Refusal(code, message);
    }

    /** How many connections it has refused. */
    int refused() {
        return refused.get();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket;
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
            while (true) {
                answer(in, out);
            }
        } catch (IOException e) {
            // The driver has closed the connection.
        }
    }

    private void answer(DataInputStream in, DataOutputStream out) throws IOException {
        in.skipNBytes(2); // version, flags
        short stream = in.readShort();
        int opcode = in.readUnsignedByte();
        in.skipNBytes(in.readInt());
        Refusal latest = refusal;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream body = new DataOutputStream(bytes);
        int response;
        if (opcode == OPTIONS) {
            response = SUPPORTED;
            body.writeShort(0);
        } else if (opcode == STARTUP && latest.code == BAD_CREDENTIALS) {
            response = AUTHENTICATE;
            body.writeUTF("org.apache.cassandra.auth.PasswordAuthenticator");
        } else {
            response = ERROR;
            body.writeInt(latest.code);
            body.writeUTF(latest.message);
            refused.incrementAndGet();
        }
        out.writeByte(RESPONSE | VERSION);
        out.writeByte(0);
        out.writeShort(stream);
        out.writeByte(response);
        out.writeInt(bytes.size());
        bytes.writeTo(out);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        sockets.forEach(RefusingNode::close);
        threads.shutdown();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
