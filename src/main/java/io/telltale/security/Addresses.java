package io.telltale.security;

import io.telltale.api.CurrentRequest;
import java.util.Objects;
import java.util.Set;

/** Whether a caller may see the addresses of servers. */
public final class Addresses {

    private static final Set<Role> ALLOWED = Set.of(Role.MONITOR, Role.ADMIN);

    private Addresses() {}

    /** Whether the caller of the request may, whose resource method runs on this thread. */
    public static boolean areShown() {
        Caller caller = Caller.of(CurrentRequest.routingContext());
        return Objects.requireNonNull(caller, "not authorized").hasOneOf(ALLOWED);
    }
}
