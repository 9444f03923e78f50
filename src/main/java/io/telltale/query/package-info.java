/** Queries over REST: sensors, ranges of readings as pages and streams, newest readings, aggregates. */
@NullMarked
package io.telltale.query;

import org.jspecify.annotations.NullMarked;
