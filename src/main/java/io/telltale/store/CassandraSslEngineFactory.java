package io.telltale.store;

import com.datastax.oss.driver.api.core.config.DriverOption;
import com.datastax.oss.driver.api.core.context.DriverContext;
import com.datastax.oss.driver.api.core.metadata.EndPoint;
import com.datastax.oss.driver.api.core.ssl.SslEngineFactory;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.telltale.settings.ClientTls;
import io.telltale.settings.RateLimitedLog;
import io.telltale.settings.RootCause;
import java.net.InetSocketAddress;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import org.jboss.logging.Logger;

/**
 * TLS to Cassandra by the configuration that {@code telltale.storage.tls-configuration-name} names. The driver creates
 * an instance for each session, by reflection: {@link DriverSettings}.
 */
@RegisterForReflection
public final class CassandraSslEngineFactory implements SslEngineFactory {

    /** The name of the TLS configuration, in the settings of the driver. */
    static final DriverOption NAME = () -> "advanced.ssl-engine-factory.tls-configuration-name";

    private static final RateLimitedLog REFUSED =
            new RateLimitedLog(Logger.getLogger(CassandraSslEngineFactory.class), Logger.Level.ERROR);

    private final ClientTls tls;

    /** Called by the driver. */
    public CassandraSslEngineFactory(DriverContext context) {
        this.tls = ClientTls.named(
                DriverSettings.TLS_KEY,
                Objects.requireNonNull(context.getConfig().getDefaultProfile().getString(NAME)),
                CassandraSslEngineFactory::report);
    }

    private static void report(String server, Exception reason) {
        REFUSED.say(("Cassandra at %s: TLS fails; check its certificate and the TLS configuration that "
                        + DriverSettings.TLS_KEY + " names: %s")
                .formatted(server, RootCause.describe(reason)));
    }

    /**
     * The certificate must name a contact point as it is configured, and other nodes by their addresses. Names of
     * addresses are not looked up: the owner of such a name could answer instead of the node.
     */
    @Override
    public SSLEngine newSslEngine(EndPoint node) {
        InetSocketAddress address = (InetSocketAddress) node.resolve();
        return tls.engine(address.getHostString(), address.getPort(), tls.verification());
    }

    @Override
    public void close() {}
}
