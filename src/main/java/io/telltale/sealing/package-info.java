/**
 * Seals the values of sensitive sensors with Google Tink: which sensors, the keyset, data keys, and the form of a sealed
 * value. Knows nothing of rows.
 */
@NullMarked
package io.telltale.sealing;

import org.jspecify.annotations.NullMarked;
