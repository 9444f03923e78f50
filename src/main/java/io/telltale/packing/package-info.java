/**
 * Background engines that answer no request. {@code Packer} looks for spans whose rows are to be packed into segments,
 * {@code SpanPacker} packs one. {@code Merger} looks for minutes whose fresh segments are to be merged, {@code
 * MinuteMerger} merges one. {@code RecentPacker} looks for spans whose merged segments are to be packed, {@code
 * SpanUnionPacker} packs one. All read, write, read back and compare, mark, and remove later.
 */
@NullMarked
package io.telltale.packing;

import org.jspecify.annotations.NullMarked;
