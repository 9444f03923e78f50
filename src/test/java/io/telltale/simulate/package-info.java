/**
 * Where readings come from when no real sensor is at hand: a seeded fleet with the faults that real fleets show, and
 * the replay of measured data. Both say what they sent, so that a test can hold the service to account.
 */
@NullMarked
package io.telltale.simulate;

import org.jspecify.annotations.NullMarked;
