/** Streams readings from Kafka to clients as server-sent events: one tail and one hub per replica. */
@NullMarked
package io.telltale.live;

import org.jspecify.annotations.NullMarked;
