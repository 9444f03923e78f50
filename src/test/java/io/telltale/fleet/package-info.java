/** What tests send: sensors of their own, whose readings meet nobody else's. */
@NullMarked
package io.telltale.fleet;

import org.jspecify.annotations.NullMarked;
