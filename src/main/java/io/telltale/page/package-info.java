/** The page that people look at, and its files. */
@NullMarked
package io.telltale.page;

import org.jspecify.annotations.NullMarked;
