package io.telltale.security;

import io.telltale.api.CallerScope;
import io.telltale.sensors.Scope;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request.
 *
 * @param roles the roles that Telltale knows
 * @param scope the sensors that exist for the caller
 */
record Caller(Set<Role> roles, Scope scope) {

    /** While security is off, everyone may do everything. */
    static final Caller ANYONE = new Caller(Set.of(Role.values()), Scope.EVERYTHING);

    private static final String KEY = Caller.class.getName();

    Caller {
        roles = Set.copyOf(roles);
    }

    /** Whether the caller has one of the roles. */
    boolean hasOneOf(Set<Role> allowed) {
        return allowed.stream().anyMatch(roles::contains);
    }

    /** Makes this the caller of a request. */
    void assignTo(RoutingContext request) {
        request.put(KEY, this);
        CallerScope.set(request, scope);
    }

    /** The caller of a request; null if it was not authenticated. */
    static @Nullable Caller of(RoutingContext request) {
        return request.get(KEY);
    }
}
