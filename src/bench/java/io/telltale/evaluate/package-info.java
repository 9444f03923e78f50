/**
 * {@code mvn -Pevaluate}: what partitioning, replication, streaming, consistency and queries cost on real clusters, with
 * faults ({@link io.telltale.evaluate.EvaluateProgram}). A {@link io.telltale.evaluate.Chapter} has
 * {@link io.telltale.evaluate.Cell cells}; each writes one raw result, and all pages are made from these results.
 */
@NullMarked
package io.telltale.evaluate;

import org.jspecify.annotations.NullMarked;
