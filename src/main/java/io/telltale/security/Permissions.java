package io.telltale.security;

import static io.telltale.security.Role.ADMIN;
import static io.telltale.security.Role.MONITOR;
import static io.telltale.security.Role.READER;
import static io.telltale.security.Role.WRITER;
import static java.util.Map.entry;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of permissions: which roles may call which operation. {@link Role#ADMIN} may call all. An operation without
 * a row is for administrators only, and {@code PermissionsTest} fails for an operation of the API document without one.
 */
final class Permissions {

    private static final Map<String, Set<Role>> BY_OPERATION = Map.ofEntries(
            row("GET /api/v1/sensors", READER),
            row("GET /api/v1/sensors/{id}", READER),
            row("PUT /api/v1/sensors/{id}", WRITER),
            row("DELETE /api/v1/sensors/{id}", ADMIN),
            row("GET /api/v1/sensors/{id}/readings", READER),
            row("DELETE /api/v1/sensors/{id}/readings", ADMIN),
            row("GET /api/v1/sensors/{id}/readings/latest", READER),
            row("GET /api/v1/sensors/{id}/readings/stream", READER),
            row("GET /api/v1/sensors/{id}/aggregates", READER),
            row("GET /api/v1/sensors/{id}/deletions", READER),
            row("GET /api/v1/readings", READER),
            row("POST /api/v1/readings", WRITER),
            row("GET /api/v1/readings/latest", READER),
            row("GET /api/v1/readings/stream", READER),
            row("POST /api/v1/stream-tickets", READER),
            row("GET /api/v1/aggregates", READER),
            row("GET /api/v1/labels", READER),
            row("GET /api/v1/labels/{name}", READER),
            row("GET /api/v1/types", READER),
            row("GET /api/v1/sites", READER),
            row("GET /api/v1/status", READER, MONITOR),
            row("GET /api/v1/dead-letters", ADMIN),
            row("POST /api/v1/dead-letters/replay", ADMIN),
            row("GET /api/v1/admin/layouts/{type}", ADMIN),
            row("POST /api/v1/admin/layouts/{type}", ADMIN));

    /** The page: its files, not its data. */
    private static final Set<String> OPEN_FILES = Set.of("/");

    private static final List<String> OPEN = List.of("/q/health", "/q/openapi", "/q/swagger-ui", "/page", "/webjars");

    private static final Set<Role> ADMINS = Set.of(ADMIN);
    private static final Set<Role> MONITORS = Set.of(MONITOR, ADMIN);

    private Permissions() {}

    private static Map.Entry<String, Set<Role>> row(String operation, Role... roles) {
        Set<Role> all = EnumSet.of(ADMIN, roles);
        return entry(operation, Set.copyOf(all));
    }

    /**
     * The roles that may call an operation, one of which is enough; null without a row.
     *
     * @param template the path with its parameters in braces, as in the API document
     */
    static @Nullable Set<Role> ofOperation(String method, String template) {
        return BY_OPERATION.get(method + " " + template);
    }

    /**
     * The roles that may request a path outside the API; null if every credential may, because there is nothing.
     *
     * @param path normalized
     */
    static @Nullable Set<Role> ofPath(String path) {
        if (isWithin(path, "/q/metrics")) {
            return MONITORS;
        }
        return isWithin(path, "/q") ? ADMINS : null;
    }

    /**
     * Whether a path needs no credential.
     *
     * @param path normalized
     */
    static boolean isOpen(String path) {
        return OPEN_FILES.contains(path) || OPEN.stream().anyMatch(parent -> isWithin(path, parent));
    }

    private static boolean isWithin(String path, String parent) {
        return path.startsWith(parent) && (path.length() == parent.length() || path.charAt(parent.length()) == '/');
    }
}
