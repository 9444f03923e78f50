/** From Kafka into the store: decode, accumulate per partition of the store, write, acknowledge. And POST, into Kafka. */
@NullMarked
package io.telltale.ingest;

import org.jspecify.annotations.NullMarked;
