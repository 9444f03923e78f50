package io.telltale.store;

import io.telltale.sensors.SensorType;

/** A concurrent change of the layout of a type won. */
public final class LayoutChangedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    LayoutChangedException(SensorType type, int version) {
        super("version %d of the layout of type %s was created by a concurrent change; read it, then change it again"
                .formatted(version, type));
    }
}
