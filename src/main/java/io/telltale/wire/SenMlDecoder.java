package io.telltale.wire;

import io.telltale.sensors.SensorType;
import org.jspecify.annotations.Nullable;

/**
 * Turns a SenML pack in JSON (RFC 8428) into readings of one or many sensors, all of the type of their topic. The verdict
 * depends on the record alone, never on when it is read.
 *
 * <p>The entries are judged one by one. The whole record is rejected where it cannot be known what it says: {@code
 * too-large}; {@code malformed} if it is not JSON, not an array, empty, of a version above 10 or of several, has a field
 * twice in one entry, or has a field that must be understood (a name that ends in {@code _}).
 *
 * <p>Where contract and RFC leave room:
 *
 * <ul>
 *   <li>The record's key says nothing: neither has it to agree, nor does it stand in for a missing name. Headers of
 *       CloudEvents stand in for nothing here either: what is missing a pack says by its base fields.
 *   <li>A name that is no id, say because of a {@code /}, makes its entry {@code invalid-sensor-id}.
 *   <li>Now is the record time. A time from 10<sup>11</sup> seconds on looks like milliseconds and is rejected. At most
 *       ten minutes ahead of the record time, as everywhere.
 *   <li>Numbers of time and base value are added as decimals; then the nearest double is taken. Where both are integers
 *       the sum must be one that a double holds.
 *   <li>A base value alone is no value, and neither is a sum: an entry needs exactly one of {@code v}, {@code vs} and
 *       {@code vb}. Data ({@code vd}) is no value that Telltale keeps. A base value adds to {@code v} only.
 *   <li>Base fields of a bad entry hold for those after it. A base field that is itself unsound makes bad what depends on
 *       it, up to the next entry that sets it anew.
 *   <li>A {@code null} counts as a field that is not there, except as a value.
 *   <li>Versions 1 to 9 were drafts with the same fields, and are read.
 *   <li>Sums, update times and unknown fields are skipped, whatever they hold.
 *   <li>A sensor has one reading per millisecond, so of several good entries for one the last is taken, though their
 *       units may differ.
 * </ul>
 *
 * <p>Stateless and safe for any number of threads.
 */
public final class SenMlDecoder {

    private static final String EXPECTED = "a SenML pack";

    /**
     * What a pack carries.
     *
     * @param topicType the type of the topic it came from
     * @param body the record's value; absent for a tombstone
     * @param recordTimeMillis the record's timestamp, in milliseconds since the epoch
     */
    public Decoded decode(SensorType topicType, byte @Nullable [] body, long recordTimeMillis) {
        return JsonBody.read(body, EXPECTED, new SenMlBody(topicType, recordTimeMillis));
    }
}
