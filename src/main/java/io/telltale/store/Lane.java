package io.telltale.store;

import io.telltale.sensors.SensorType;

/**
 * The readings of a type that are written as fresh segments. They share requests, whatever their sensors and event
 * times.
 *
 * @param number distinguishes the lanes of a type, of which there is one so far
 */
public record Lane(SensorType type, int number) implements Placement {

    static final int FIRST = 0;

    @Override
    public String toString() {
        return "%s, lane %d".formatted(type, number);
    }
}
