/** Tests of the page: its files, its modules, and the whole in a browser. */
@NullMarked
package io.telltale.page;

import org.jspecify.annotations.NullMarked;
