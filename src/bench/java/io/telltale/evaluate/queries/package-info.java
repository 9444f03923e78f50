/**
 * The chapter on queries: the same range reads with one choice changed at a time, by the driver alone and by the
 * service over REST.
 */
@NullMarked
package io.telltale.evaluate.queries;

import org.jspecify.annotations.NullMarked;
