package io.telltale.wire;

import io.telltale.sensors.SensorType;
import org.jspecify.annotations.Nullable;

/**
 * Decodes a SenML pack in JSON (RFC 8428) into readings of one or many sensors, all of the type of their topic. The
 * result depends on the record only, never on the time of decoding.
 *
 * <p>Entries are validated one by one. The whole record is rejected as {@code too-large}, or as {@code malformed} if it
 * is not JSON, not an array, empty, has a version above 10 or several versions, repeats a field other than a unit in
 * one entry, or has an unknown field that must be understood (a name that ends in {@code _}). The detail of an entry
 * has the faults of all fields, and the names that were found if a field is missing.
 *
 * <p>Details that contract and RFC leave open:
 *
 * <ul>
 *   <li>The key of the record and headers of CloudEvents have no meaning for a pack: they need not agree with it and
 *       replace nothing in it.
 *   <li>A name that is no id, for example because of a {@code /}, makes its entry {@code invalid-sensor-id}.
 *   <li>Relative times count from the record time. A time of 10<sup>11</sup> seconds or more looks like milliseconds
 *       and is rejected. Readings may be at most ten minutes after the record time.
 *   <li>Times and values are added to their bases as decimals; then the nearest double is the value. The sum of
 *       integers must be an exact double.
 *   <li>An entry needs exactly one of {@code v}, {@code vs} and {@code vb}; neither a base value nor a sum is a value.
 *       Data ({@code vd}) is not supported. A base value adds to {@code v} only.
 *   <li>Base fields of a bad entry apply to later entries. An invalid base field makes all entries bad that depend on
 *       it, up to the next entry that sets it.
 *   <li>A {@code null} counts as an absent field, except as a value. So does an empty unit. An invalid or repeated unit
 *       is dropped, and the base unit does not take its place.
 *   <li>Versions 1 to 9 were drafts with the same fields and are accepted.
 *   <li>Sums, update times and unknown fields are skipped.
 *   <li>The last of several valid entries for one sensor and millisecond wins, also with another unit.
 * </ul>
 *
 * <p>Stateless and thread-safe.
 */
public final class SenMlDecoder {

    private static final String EXPECTED = "a SenML pack";

    /**
     * Decodes a pack.
     *
     * @param topicType the type of the topic it came from
     * @param body the record's value; absent for a tombstone
     * @param recordTimeMillis the record's timestamp, in milliseconds since the epoch
     */
    public DecodeResult decode(SensorType topicType, byte @Nullable [] body, long recordTimeMillis) {
        return JsonBody.read(body, EXPECTED, new SenMlBody(topicType, recordTimeMillis));
    }
}
