package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import io.telltale.local.StackOptions;
import java.util.List;

/**
 * {@code drain}, {@code range} and {@code fan-out} with security and without, in one run on the same Kafka and
 * Cassandra; and what a bearer token costs per request.
 */
final class SecuredWorkload {

    private final BenchOptions options;
    private final Narrator narrator;

    SecuredWorkload(BenchOptions options, Narrator narrator) {
        this.options = options.ofSecured();
        this.narrator = narrator;
    }

    SecuredResults run(Machine machine) {
        StackOptions servers = StackOptions.forLoad(line -> narrator.say("%s", line));
        SecuredServers security = SecuredServers.in(servers.directory().resolve("security"));
        try (LocalStack stack = LocalStack.start(security.stack(servers));
                CqlSession session = stack.cassandra().connect()) {
            Contestants contestants = new Contestants(stack, options, narrator, security);
            // First, because it measures the least: the servers have nothing to compact yet.
            List<RequestRun> requests = new RequestWorkload(stack, contestants, security, options, narrator).run();
            List<DrainRound> drain = new DrainWorkload(stack, session, contestants, options, narrator).run();
            ReadWorkload reads = new ReadWorkload(stack, session, contestants, options, narrator);
            reads.run();
            List<FanOutRun> fanOut = new FanOutWorkload(stack, contestants, options, narrator).run();
            return new SecuredResults(
                    options.command(), options.isFull(), machine, drain, reads.range(), fanOut, requests);
        }
    }
}
