/** What requests have in common: their parameters, and the problems they are answered with. */
@NullMarked
package io.telltale.api;

import org.jspecify.annotations.NullMarked;
