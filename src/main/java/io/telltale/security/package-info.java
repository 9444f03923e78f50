/**
 * Who may do what: credentials, roles, and the scope of a caller. {@link io.telltale.security.AccessControl}
 * authenticates every request. {@link io.telltale.security.OperationFilter} decides whether the caller may call the
 * operation, by the table {@link io.telltale.security.Permissions}. Which sensors it may see is its {@link
 * io.telltale.sensors.Scope}, which other packages apply.
 */
@NullMarked
package io.telltale.security;

import org.jspecify.annotations.NullMarked;
