/** Reads the dead letters, and sends them to their topics again. */
@NullMarked
package io.telltale.letters;

import org.jspecify.annotations.NullMarked;
