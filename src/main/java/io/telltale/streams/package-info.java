/** Concatenation of streams, where Mutiny's operators may lose an item. */
@NullMarked
package io.telltale.streams;

import org.jspecify.annotations.NullMarked;
