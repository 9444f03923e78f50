/** Common parts of all packages: checks of settings, the clock, the rate-limited log. */
@NullMarked
package io.telltale.settings;

import org.jspecify.annotations.NullMarked;
