package io.telltale.security;

import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import java.util.Set;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;

/** Whether a caller may see the addresses of servers. */
public final class Addresses {

    private static final Set<Role> ALLOWED = Set.of(Role.MONITOR, Role.ADMIN);

    private Addresses() {}

    /** Whether the caller of the request may, whose resource method runs on this thread. */
    public static boolean areShown() {
        RoutingContext request = CurrentRequestManager.get().unwrap(RoutingContext.class);
        return Objects.requireNonNull(Caller.of(request), "not authorized").hasOneOf(ALLOWED);
    }
}
