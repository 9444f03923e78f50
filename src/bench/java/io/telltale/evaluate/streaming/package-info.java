/**
 * The chapter on streaming: how long a reading takes from Kafka to Cassandra, to a query and to a live event, in the
 * packaged service under load, and what a failed broker or replica does to it.
 */
@NullMarked
package io.telltale.evaluate.streaming;

import org.jspecify.annotations.NullMarked;
