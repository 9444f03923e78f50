/** The format of segments: immutable bytes that hold readings of sensors in columns. Pure: no I/O, no framework. */
@NullMarked
package io.telltale.segment;

import org.jspecify.annotations.NullMarked;
