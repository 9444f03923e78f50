/** Telltale: sensor readings from Kafka, kept in Cassandra, asked for by range and watched live. */
@NullMarked
package io.telltale;

import org.jspecify.annotations.NullMarked;
