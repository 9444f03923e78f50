package io.telltale.api;

/** The order of readings in time: the values of parameter {@code order}. */
public enum Order {
    /** The oldest first. */
    ASC,
    /** The newest first. */
    DESC
}
