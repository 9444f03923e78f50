package io.telltale.api;

/** The consistency level of a read: the values of parameter {@code consistency}. */
public enum Consistency {
    LOCAL_ONE,
    ONE,
    TWO,
    QUORUM,
    LOCAL_QUORUM,
    ALL;

    /** The level of a request that names none. */
    public static final Consistency DEFAULT = LOCAL_QUORUM;

    /** Whether it needs fewer replicas than the default, and so may be available when the default is not. */
    public boolean isWeak() {
        return this == LOCAL_ONE || this == ONE || this == TWO;
    }

    /** The value in requests and in {@code meta}: {@code local_quorum}. */
    public String parameterValue() {
        return Parameters.written(this);
    }
}
