/**
 * {@code mvn -Pbench}: what ingest and reads cost and how fast they are, beside others that do the same work on the
 * same machine in the same run ({@link io.telltale.bench.BenchProgram}). Nobody here knows the inside of the service:
 * it is measured as it is packaged, by its metrics, by what Cassandra holds in the end, and by the processor time of
 * its process.
 */
@NullMarked
package io.telltale.bench;

import org.jspecify.annotations.NullMarked;
