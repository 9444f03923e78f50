package io.telltale.settings;

/** Receives why the certificate of a server was refused. */
public interface RefusedCertificate {

    /**
     * Called for each refused certificate, on any thread.
     *
     * @param server {@code host:port} as the client connects to it
     */
    void report(String server, Exception reason);
}
