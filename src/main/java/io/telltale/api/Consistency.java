package io.telltale.api;

/** The consistency level of a read: the values of parameter {@code consistency}. */
public enum Consistency {
    LOCAL_ONE,
    ONE,
    TWO,
    THREE,
    QUORUM,
    LOCAL_QUORUM,
    EACH_QUORUM,
    ALL;

    /** The level of a request that names none. */
    public static final Consistency DEFAULT = LOCAL_QUORUM;

    /**
     * Whether it may be available when the default is not, because it needs fewer replicas, or as many anywhere as the
     * default needs in one data center.
     */
    public boolean isWeak() {
        return this == LOCAL_ONE || this == ONE || this == TWO || this == THREE;
    }

    /** The value in requests and in {@code meta}: {@code local_quorum}. */
    public String parameterValue() {
        return Parameters.written(this);
    }
}
