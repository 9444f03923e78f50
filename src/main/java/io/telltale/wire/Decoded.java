package io.telltale.wire;

import io.telltale.sensors.Description;
import io.telltale.sensors.Reading;

/** What became of a record: a reading, or the reason why it is none. A bad record is a value, not an exception. */
public sealed interface Decoded {

    /**
     * A good record.
     *
     * @param reading the reading it carries
     * @param description what it says of the sensor besides
     */
    record Accepted(Reading reading, Description description) implements Decoded {}

    /**
     * A bad record.
     *
     * @param reason the code of what is wrong
     * @param detail a sentence that names the field, its value (an excerpt) and what was expected
     */
    record Rejected(Rejection reason, String detail) implements Decoded {}
}
