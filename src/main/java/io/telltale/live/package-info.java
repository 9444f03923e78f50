/** From Kafka to whoever watches: one tail per replica, one hub, server-sent events. */
@NullMarked
package io.telltale.live;

import org.jspecify.annotations.NullMarked;
