/**
 * The local stack: a real Kafka and a real Cassandra as child processes, from Maven artifacts, without containers. One
 * code for the tests ({@link io.telltale.local.SharedStack}, {@link io.telltale.local.LocalStackResource}) and for
 * {@code mvn -Plocal} ({@link io.telltale.local.LocalTelltale}).
 */
@NullMarked
package io.telltale.local;

import org.jspecify.annotations.NullMarked;
