/**
 * Background engines that answer no request. {@code Packer} looks for spans whose rows are to be packed into segments,
 * {@code SpanPacker} packs one. {@code Merger} looks for minutes whose fresh segments are to be merged, {@code
 * MinuteMerger} merges one. Both read, write, read back and compare, mark, and remove later.
 */
@NullMarked
package io.telltale.packing;

import org.jspecify.annotations.NullMarked;
