package io.telltale.bench;

import io.telltale.local.LocalStack;
import io.telltale.local.ProgramProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The service that people write first. */
final class ObviousService {

    private final LocalStack stack;
    private final PeerApplication application;

    ObviousService(LocalStack stack, Narrator narrator) {
        this.stack = stack;
        this.application = new PeerApplication("obvious", narrator);
    }

    ProgramContestant contestant(Rig rig, Path log) {
        Path built = application.jar();
        List<String> options = new ArrayList<>(Contestants.JVM_OPTIONS);
        options.add("-Dkafka.bootstrap.servers=" + stack.kafka().bootstrapServers());
        options.add("-Dquarkus.cassandra.contact-points=" + stack.cassandra().contactPoint());
        options.add("-Dmp.messaging.incoming.readings.topic=" + rig.topic());
        options.add("-Dmp.messaging.incoming.readings.group.id=" + rig.group());
        options.add("-Dobvious.keyspace=" + rig.keyspace());
        return new ProgramContestant(
                Peer.OBVIOUS,
                log,
                () -> ProgramContestant.Program.of(ProgramProcess.ofJar(Peer.OBVIOUS.label(), built, options, log)));
    }
}
