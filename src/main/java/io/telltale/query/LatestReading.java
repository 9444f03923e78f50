package io.telltale.query;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The newest reading of a sensor, as the API document describes it.
 *
 * @param value a number, a boolean or a string
 * @param ageMs how long ago it was read, in milliseconds; negative if its timestamp is ahead of the clock
 */
@Schema(name = "LatestReading")
public record LatestReading(String sensorId, String timestamp, Object value, long ageMs) {}
