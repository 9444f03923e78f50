package io.telltale.bench;

import io.telltale.local.ServiceProcess;

/** The service, as {@code mvn package} made it, with or without security. */
public final class TelltaleContestant implements Contestant {

    private final Peer peer;
    private final ServiceProcess service;
    private final HttpAccess access;

    /** Without security, however it is run. */
    public TelltaleContestant(ServiceProcess service) {
        this(Peer.TELLTALE, service, HttpAccess.PLAIN);
    }

    /** @param access of a caller that may read readings and metrics */
    TelltaleContestant(Peer peer, ServiceProcess service, HttpAccess access) {
        this.peer = peer;
        this.service = service;
        this.access = access;
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public void start() {
        service.start();
    }

    @Override
    public long pid() {
        return service.pid();
    }

    @Override
    public Written written() {
        return metrics().written();
    }

    ServiceMetrics metrics() {
        return ServiceMetrics.of(service.baseUrl(), access);
    }

    String baseUrl() {
        return service.baseUrl();
    }

    /** As a caller that may read everything. */
    HttpAccess access() {
        return access;
    }

    /** Reads ranges. */
    RangeReader reader(HttpReader.Form form) {
        return new HttpReader(peer.label(), access, service.baseUrl(), service.pid(), form);
    }

    @Override
    public void close() {
        service.close();
    }
}
