package io.telltale.bench;

import io.telltale.local.LocalStack;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The service, as {@code mvn package} made it. */
public final class TelltaleContestant implements Contestant {

    private final ServiceProcess service;

    /**
     * @param program its jar, or its native executable
     * @param jvmOptions of its JVM
     * @param configuration that differs from the service's own
     */
    TelltaleContestant(
            LocalStack stack,
            Rig rig,
            Path directory,
            Path program,
            List<String> jvmOptions,
            Map<String, String> configuration) {
        ServiceSettings settings = ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory)
                .withProgram(program, List.of())
                .withJvmOptions(jvmOptions.toArray(String[]::new))
                .with("mp.messaging.incoming.sensors.group.id", rig.group())
                .ofTopic(rig.topic())
                .with("telltale.storage.keyspace", rig.keyspace());
        for (Map.Entry<String, String> setting : configuration.entrySet()) {
            settings = settings.with(setting.getKey(), setting.getValue());
        }
        this.service = new ServiceProcess(settings);
    }

    /** However it is run. */
    public TelltaleContestant(ServiceProcess service) {
        this.service = service;
    }

    @Override
    public Peer peer() {
        return Peer.TELLTALE;
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
        return ServiceMetrics.of(service.baseUrl());
    }

    String baseUrl() {
        return service.baseUrl();
    }

    @Override
    public void close() {
        service.close();
    }
}
