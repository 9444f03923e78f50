/** Liveness, readiness, startup and the state of the dependencies. */
@NullMarked
package io.telltale.health;

import org.jspecify.annotations.NullMarked;
