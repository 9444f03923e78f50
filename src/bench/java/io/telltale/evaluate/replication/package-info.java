/**
 * The chapter on replication: strategies and factors on clusters that lose a node, a data center, or the link between
 * two. Driver clients show what Cassandra does; two services on both sides of a cut show what remains of it in the
 * product.
 */
@NullMarked
package io.telltale.evaluate.replication;

import org.jspecify.annotations.NullMarked;
