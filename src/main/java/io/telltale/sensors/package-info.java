/** What a sensor and a reading are: plain Java, no framework, nothing that can be invalid. */
@NullMarked
package io.telltale.sensors;

import org.jspecify.annotations.NullMarked;
