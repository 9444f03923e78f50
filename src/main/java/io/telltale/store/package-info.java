/** Stores readings and sensors. The only package that uses Cassandra. */
@NullMarked
package io.telltale.store;

import org.jspecify.annotations.NullMarked;
