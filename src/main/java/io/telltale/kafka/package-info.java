/** Access to Kafka that several packages share: the admin gateway, topics, consumer settings, record headers. */
@NullMarked
package io.telltale.kafka;

import org.jspecify.annotations.NullMarked;
