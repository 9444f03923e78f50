/**
 * The chapter on consistency: the driver alone writes and reads registers at fixed levels, through the nodes on both
 * sides of a fault, and a checker compares every response with the ledger of writes.
 */
@NullMarked
package io.telltale.evaluate.consistency;

import org.jspecify.annotations.NullMarked;
