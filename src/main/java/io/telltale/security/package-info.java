/**
 * Who may do what: credentials, roles, and the scope of a caller. Every request passes {@link
 * io.telltale.security.AccessControl}, and every operation {@link io.telltale.security.OperationFilter}.
 */
@NullMarked
package io.telltale.security;

import org.jspecify.annotations.NullMarked;
