/**
 * What requests have in common: their parameters, and the problems they are answered with.
 *
 * <p>Every resource class has the path {@code /api/v1} and its methods have the rest: a class with a longer path would
 * take all that begins with it from the others, and what they serve there would be a 404.
 */
@NullMarked
package io.telltale.api;

import org.jspecify.annotations.NullMarked;
