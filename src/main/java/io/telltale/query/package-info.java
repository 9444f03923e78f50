/** Reads over REST: sensors, ranges of readings as pages and as streams, the newest. */
@NullMarked
package io.telltale.query;

import org.jspecify.annotations.NullMarked;
