/**
 * Seals the values of sensitive sensors with Google Tink. {@link io.telltale.sealing.Envelope} seals one value, {@link
 * io.telltale.sealing.SealedSensors} says whose. Knows nothing of rows: the caller is {@code
 * io.telltale.store.SealedReadings}.
 */
@NullMarked
package io.telltale.sealing;

import org.jspecify.annotations.NullMarked;
