package io.telltale.obvious;

import java.time.Instant;

/** A record, as Jackson makes it. */
public record Reading(String sensorId, Instant timestamp, double value, String unit, String site) {}
