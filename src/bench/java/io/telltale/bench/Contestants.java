package io.telltale.bench;

import io.telltale.bench.peers.ConnectSink;
import io.telltale.bench.peers.PeerArguments;
import io.telltale.bench.peers.RawLoop;
import io.telltale.local.LocalStack;
import io.telltale.local.ProgramProcess;
import io.telltale.local.ServiceProcess;
import io.telltale.local.ServiceSettings;
import io.telltale.sensors.SensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the contestants that were asked for, all with the same heap and otherwise the defaults of their JVM. */
final class Contestants {

    static final List<String> JVM_OPTIONS = List.of("-Xmx512m");

    private final LocalStack stack;
    private final BenchOptions options;
    private final ObviousService obvious;
    private final PythonPeer python;
    private final List<Peer> available;
    private final Path program;
    /** Null for servers without security. */
    private final @Nullable SecuredServers security;

    Contestants(LocalStack stack, BenchOptions options, Narrator narrator) {
        this(stack, options, narrator, null);
    }

    /** @param security of the stack; null without */
    Contestants(LocalStack stack, BenchOptions options, Narrator narrator, @Nullable SecuredServers security) {
        this.stack = stack;
        this.options = options;
        this.obvious = new ObviousService(stack, narrator);
        this.python = new PythonPeer(options.python());
        this.program = options.isNative() ? executable() : ServiceSettings.packagedJar();
        this.security = security;
        this.available = options.peers().stream()
                .filter(peer -> peer != Peer.PYTHON || python.isThere(narrator))
                .toList();
    }

    private static Path executable() {
        return RuntimeForm.executable()
                .orElseThrow(() ->
                        new BenchException("there is no native executable in target; mvn package -Dnative makes it"));
    }

    /** Those that were asked for and can run here. */
    List<Peer> available() {
        return available;
    }

    Contestant of(Peer peer, Rig rig) {
        return switch (peer) {
            case TELLTALE, SECURED, TELLTALE_SEALED -> service(peer, rig, "service", Map.of(), List.of());
            case TRACED ->
                new TracedContestant(endpoint -> telltale(rig, "traced", TracedContestant.configuration(endpoint)));
            case BEFORE ->
                new TelltaleContestant(
                        peer,
                        new ServiceProcess(
                                settings(rig, "before", List.of()).withProgram(Path.of(options.before()), List.of())),
                        HttpAccess.PLAIN);
            case SEGMENTS -> service(peer, rig, "segments", Map.of("telltale.storage.segments", "true"), List.of());
            case RAW -> javaProgram(peer, rig, RawLoop.class);
            case CONNECT -> javaProgram(peer, rig, ConnectSink.class);
            case OBVIOUS -> obvious.contestant(rig, log(peer, rig));
            case PYTHON -> python.contestant(arguments(rig), log(peer, rig));
        };
    }

    /**
     * @param name tells replicas apart
     * @param configuration that differs from the service's own
     */
    TelltaleContestant telltale(Rig rig, String name, Map<String, String> configuration) {
        return service(Peer.TELLTALE, rig, name, configuration, List.of());
    }

    /**
     * The service with or without security, or with sealed values.
     *
     * @param moreJvmOptions beside those of all contestants
     */
    TelltaleContestant service(
            Peer peer, Rig rig, String name, Map<String, String> configuration, List<String> moreJvmOptions) {
        ServiceSettings settings = settings(rig, name, moreJvmOptions).withAll(configuration);
        if (peer == Peer.TELLTALE_SEALED) {
            settings = settings.withAll(BenchKeyset.settings(directory(rig), SensorType.ofTopic(rig.topic())));
        }
        if (security == null) {
            return new TelltaleContestant(peer, new ServiceProcess(settings), HttpAccess.PLAIN);
        }
        return peer == Peer.SECURED
                ? new TelltaleContestant(peer, security.secured(settings), security.overHttps())
                : new TelltaleContestant(peer, security.withoutSecurity(settings), HttpAccess.PLAIN);
    }

    /** Fails if a running service should be secured and is not. */
    void verify(TelltaleContestant service) {
        if (security != null && service.peer() == Peer.SECURED) {
            security.verify(stack, service.baseUrl());
        }
    }

    /** Whether the servers require credentials, which only the service has. */
    boolean isSecured() {
        return security != null;
    }

    /** Settings of a service, without those of security. */
    ServiceSettings settings(Rig rig, String name, List<String> moreJvmOptions) {
        List<String> jvmOptions = new ArrayList<>(JVM_OPTIONS);
        jvmOptions.addAll(moreJvmOptions);
        jvmOptions.addAll(options.telltaleJvm());
        return ServiceSettings.packaged(
                        stack.kafka(), stack.cassandra(), directory(rig).resolve(name))
                .withProgram(program, List.of())
                .withJvmOptions(jvmOptions.toArray(String[]::new))
                .with("mp.messaging.incoming.sensors.group.id", rig.group())
                .ofTopic(rig.topic())
                .with("telltale.storage.keyspace", rig.keyspace());
    }

    private ProgramContestant javaProgram(Peer peer, Rig rig, Class<?> main) {
        Path log = log(peer, rig);
        List<String> arguments = arguments(rig).asList();
        return new ProgramContestant(
                peer,
                log,
                () -> ProgramContestant.Program.of(
                        ProgramProcess.ofClass(peer.label(), main.getName(), JVM_OPTIONS, arguments, log)));
    }

    private PeerArguments arguments(Rig rig) {
        return new PeerArguments(
                stack.kafka().bootstrapServers(),
                rig.topic(),
                rig.group(),
                stack.cassandra().contactPoint(),
                rig.keyspace());
    }

    private Path directory(Rig rig) {
        return stack.directory().resolve(rig.group());
    }

    private Path log(Peer peer, Rig rig) {
        return directory(rig).resolve(peer.label() + ".log");
    }
}
