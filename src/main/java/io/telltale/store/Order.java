package io.telltale.store;

import java.util.Locale;

/** The order of event times in which readings are given. */
public enum Order {
    ASC,
    DESC;

    /** As the API writes it: {@code asc}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
