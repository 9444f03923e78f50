/**
 * Coverage-guided fuzzing of what reads input from outside. The targets are beside the code that they test; {@link
 * io.telltale.fuzz.FuzzTarget} lists them.
 */
@NullMarked
package io.telltale.fuzz;

import org.jspecify.annotations.NullMarked;
