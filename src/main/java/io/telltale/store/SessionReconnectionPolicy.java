package io.telltale.store;

import com.datastax.oss.driver.api.core.context.DriverContext;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.internal.core.channel.DriverChannelOptions;
import com.datastax.oss.driver.internal.core.connection.ExponentialReconnectionPolicy;
import com.datastax.oss.driver.internal.core.context.InternalDriverContext;
import io.netty.util.concurrent.Future;
import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * Exponential backoff, as the driver has it. In addition, a session that a node refuses fails to open. The driver would
 * retry its first connection without limit and keep the reason to itself. So before each retry, this policy connects to
 * each contact point to learn the reason. The driver creates an instance for each session, by reflection: its class is
 * in {@code application.conf}.
 */
@RegisterForReflection
public final class SessionReconnectionPolicy extends ExponentialReconnectionPolicy {

    private final InternalDriverContext context;

    /** Called by the driver. */
    public SessionReconnectionPolicy(DriverContext context) {
        super(context);
        this.context = (InternalDriverContext) context;
    }

    @Override
    public ReconnectionSchedule newControlConnectionSchedule(boolean isInitialConnection) {
        ReconnectionSchedule schedule = super.newControlConnectionSchedule(isInitialConnection);
        if (!isInitialConnection) {
            return schedule;
        }
        return () -> {
            context.getMetadataManager().getContactPoints().forEach(this::failIfRefused);
            return schedule.nextDelay();
        };
    }

    /** Uses the threads, credentials and TLS of the session. */
    private void failIfRefused(Node contactPoint) {
        context.getChannelFactory()
                .connect(contactPoint, DriverChannelOptions.DEFAULT)
                .whenComplete((channel, failure) -> {
                    if (failure == null) {
                        Future<?> unused = channel.close();
                    } else if (Sessions.isRefusal(failure)) {
                        context.getControlConnection()
                                .initFuture()
                                .toCompletableFuture()
                                .completeExceptionally(failure);
                    }
                });
    }
}
