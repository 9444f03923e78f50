/** Telltale: sensor readings from Kafka, stored in Cassandra, queried by range and streamed live. */
@NullMarked
package io.telltale;

import org.jspecify.annotations.NullMarked;
