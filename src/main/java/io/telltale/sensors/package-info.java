/** Sensors and readings: plain Java without a framework. Every instance is valid. */
@NullMarked
package io.telltale.sensors;

import org.jspecify.annotations.NullMarked;
