/** Keeps readings and what is known of sensors. The only package that knows Cassandra. */
@NullMarked
package io.telltale.store;

import org.jspecify.annotations.NullMarked;
