/** Converts a fleet into the sizes of Kafka, Cassandra and the service, by what a reading was measured to cost. */
@NullMarked
package io.telltale.evaluate.capacity;

import org.jspecify.annotations.NullMarked;
