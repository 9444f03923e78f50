package io.telltale.store;

/** What a sensor needs before one of its readings is stored. */
public enum RegistrationState {
    /** Nothing: the sensor is registered, and the record says nothing new of it. The common case. */
    UP_TO_DATE,

    /**
     * The record repeats what Cassandra has, but Cassandra's record time is old. Register the sensor again to renew
     * it; if that fails, the reading need not wait.
     */
    RENEWAL_DUE,

    /**
     * The sensor is not in the cache, or the record says something new of it. The reading waits until it is
     * registered.
     */
    REGISTRATION_DUE
}
