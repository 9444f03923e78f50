/** Packs rows of closed buckets into segments: a background engine that answers no request. */
@NullMarked
package io.telltale.packing;

import org.jspecify.annotations.NullMarked;
