/**
 * Packs rows of closed buckets into segments: a background engine that answers no request. {@code Packer} looks for
 * spans to pack, {@code SpanPacker} packs one.
 */
@NullMarked
package io.telltale.packing;

import org.jspecify.annotations.NullMarked;
