/**
 * Common parts of all endpoints: parameters, cursors, limits and problems.
 *
 * <p>Every resource class has the path {@code /api/v1}, and its methods have the rest. A class with a longer path would
 * capture all requests with that prefix, and the paths of other classes below it would be a 404.
 */
@NullMarked
package io.telltale.api;

import org.jspecify.annotations.NullMarked;
