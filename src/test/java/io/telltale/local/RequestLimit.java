package io.telltale.local;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import javax.management.Attribute;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * How many requests a second a node answers. Whoever asks more is told that it is overloaded; by itself a node rather
 * stops reading from the connection. Until this is closed, when both are again as they were.
 */
public final class RequestLimit implements AutoCloseable {

    private final JMXConnector connector;
    private final MBeanServerConnection node;
    private final ObjectName storage;

    private RequestLimit(JMXConnector connector) throws IOException, JMException {
        this.connector = connector;
        this.node = connector.getMBeanServerConnection();
        this.storage = new ObjectName("org.apache.cassandra.db:type=StorageService");
    }

    /**
     * Of a node that runs; at first as many as come. Connections are broken: a node minds with new ones only what is
     * set.
     */
    @SuppressWarnings("BanJNDI") // An address of this machine, with all that is needed in it.
    public static RequestLimit of(CassandraNode node) {
        try {
            VirtualMachine process = VirtualMachine.attach(Long.toString(node.pid()));
            try {
                RequestLimit limit = new RequestLimit(
                        JMXConnectorFactory.connect(new JMXServiceURL(process.startLocalManagementAgent())));
                limit.tellClients(true);
                return limit;
            } finally {
                process.detach();
            }
        } catch (AttachNotSupportedException | IOException | JMException e) {
            throw new LocalStackException("could not reach the settings of " + node.contactPoint(), e);
        }
    }

    /** From now on it is so many, at least 1. */
    public void set(int perSecond) {
        set("NativeTransportMaxRequestsPerSecond", perSecond);
        set("NativeTransportRateLimitingEnabled", true);
    }

    /** From now on it is as many as come. */
    public void lift() {
        set("NativeTransportRateLimitingEnabled", false);
    }

    @Override
    public void close() {
        try (connector) {
            lift();
            tellClients(false);
        } catch (IOException e) {
            throw new LocalStackException("could not leave the settings of a node", e);
        }
    }

    private void tellClients(boolean whatIsTooMuch) {
        set("NativeTransportThrowOnOverload", whatIsTooMuch);
        try {
            node.invoke(storage, "stopNativeTransport", new Object[] {true}, new String[] {"boolean"});
            node.invoke(storage, "startNativeTransport", new Object[0], new String[0]);
        } catch (IOException | JMException e) {
            throw new LocalStackException("could not break a node's connections", e);
        }
    }

    private void set(String name, Object value) {
        try {
            node.setAttribute(storage, new Attribute(name, value));
        } catch (IOException | JMException e) {
            throw new LocalStackException("could not set %s of a node".formatted(name), e);
        }
    }
}
