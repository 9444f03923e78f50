package io.telltale.local;

import io.restassured.RestAssured;

/** A running service that receives the requests of RestAssured, by its port, until it is closed. */
public final class ServiceUnderTest implements AutoCloseable {

    private final int portBefore = RestAssured.port;
    private final ServiceProcess process;

    private ServiceUnderTest(ServiceProcess process) {
        this.process = process;
    }

    /** Returns when it is ready. */
    public static ServiceUnderTest start(ServiceSettings settings) {
        ServiceUnderTest service = new ServiceUnderTest(new ServiceProcess(settings));
        try {
            service.process.start();
        } catch (RuntimeException e) {
            service.process.close();
            throw e;
        }
        RestAssured.port = settings.httpPort();
        return service;
    }

    public ServiceProcess process() {
        return process;
    }

    @Override
    public void close() {
        RestAssured.port = portBefore;
        process.close();
    }
}
