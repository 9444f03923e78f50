/** Windows of readings: functions, accumulators, calendars and fill. Pure: readings in, windows out, no framework. */
@NullMarked
package io.telltale.aggregate;

import org.jspecify.annotations.NullMarked;
