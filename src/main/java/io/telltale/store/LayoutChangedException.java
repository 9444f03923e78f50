package io.telltale.store;

import io.telltale.sensors.SensorType;

/** Somebody else changed the layout of a type at the same moment. */
public final class LayoutChangedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LayoutChangedException(SensorType type, int version) {
        super("version %d of the layout of type %s was made by somebody else at the same moment"
                .formatted(version, type));
    }
}
