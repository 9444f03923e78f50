/**
 * Lists dead letters, and sends their records to their topics again. They are written by {@code
 * io.telltale.ingest.DeadLetters}.
 */
@NullMarked
package io.telltale.letters;

import org.jspecify.annotations.NullMarked;
