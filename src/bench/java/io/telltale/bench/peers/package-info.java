/**
 * Programs that do the work of ingest in other ways, each in a process of its own, to be measured beside the service.
 */
@NullMarked
package io.telltale.bench.peers;

import org.jspecify.annotations.NullMarked;
