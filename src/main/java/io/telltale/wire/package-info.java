/** Records as bytes: decoded from Kafka, encoded for Kafka and for HTTP. Pure, no input or output of its own. */
@NullMarked
package io.telltale.wire;

import org.jspecify.annotations.NullMarked;
