package io.telltale.security;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a caller may do. A credential may have several roles, and roles that Telltale does not know. */
enum Role {
    READER,
    WRITER,
    MONITOR,
    ADMIN;

    /** All names, for messages. */
    static final String NAMES = Arrays.stream(values()).map(Role::roleName).collect(Collectors.joining(", "));

    /** The name in claims and key files: {@code reader}. */
    String roleName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Role> named(String name) {
        return Arrays.stream(values())
                .filter(role -> role.roleName().equals(name))
                .findFirst();
    }
}
