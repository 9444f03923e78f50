/** How streams follow each other, where Mutiny's own way may lose an item. */
@NullMarked
package io.telltale.streams;

import org.jspecify.annotations.NullMarked;
