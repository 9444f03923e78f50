package io.telltale.api;

/** How many replicas have to answer a read: the values of parameter {@code consistency}. */
public enum Consistency {
    LOCAL_ONE,
    ONE,
    TWO,
    QUORUM,
    LOCAL_QUORUM,
    ALL;

    /** What is taken where a request names none. */
    public static final Consistency DEFAULT = LOCAL_QUORUM;

    /** Whether it asks fewer replicas than usual, and so can be had where the usual level cannot. */
    public boolean isWeak() {
        return this == LOCAL_ONE || this == ONE || this == TWO;
    }

    /** As written in a request and in {@code meta}: {@code local_quorum}. */
    public String parameterValue() {
        return Parameters.written(this);
    }
}
