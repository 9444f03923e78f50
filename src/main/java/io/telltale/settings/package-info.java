/** Checks of Telltale's own settings, shared by every package that has some. */
@NullMarked
package io.telltale.settings;

import org.jspecify.annotations.NullMarked;
