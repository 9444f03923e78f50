/**
 * The evaluation: what partitioning, replication, streaming, consistency and queries cost on real clusters, with
 * faults. A {@link io.telltale.evaluate.Chapter} has {@link io.telltale.evaluate.Cell cells}; each has one raw
 * {@link io.telltale.evaluate.Result}. {@link io.telltale.evaluate.HistoryChecker} checks responses against what was
 * acknowledged.
 */
@NullMarked
package io.telltale.evaluate;

import org.jspecify.annotations.NullMarked;
