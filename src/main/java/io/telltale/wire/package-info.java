/** Decodes records from Kafka; encodes readings for Kafka and HTTP. Pure: no input or output. */
@NullMarked
package io.telltale.wire;

import org.jspecify.annotations.NullMarked;
