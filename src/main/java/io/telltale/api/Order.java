package io.telltale.api;

/** The order of readings by time: the values of parameter {@code order}. */
public enum Order {
    /** The oldest first. */
    ASC,
    /** The newest first. */
    DESC
}
