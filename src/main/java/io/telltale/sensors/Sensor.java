package io.telltale.sensors;

/**
 * A thing with an id, a type, a unit and a site. Its type never changes; unit and site are what its readings said last.
 *
 * @param id its id, unique among all types
 * @param type its type
 * @param description its unit and site, where known
 */
public record Sensor(SensorId id, SensorType type, Description description) {}
