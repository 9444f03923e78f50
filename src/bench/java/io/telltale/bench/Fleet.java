package io.telltale.bench;

/**
 * Sensors under a steady load.
 *
 * @param sensors how many there are
 * @param perSecond how many readings they send in a second, all together, each in turn
 */
record Fleet(int sensors, int perSecond) {

    /** As in Theodolite's UC1. */
    static Fleet ofOneReadingASecond(int sensors) {
        return new Fleet(sensors, sensors);
    }
}
