package io.telltale.bench;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.bench.BenchOptions.Workload;
import io.telltale.local.LocalStack;
import io.telltale.local.LocalStackException;
import io.telltale.local.StackOptions;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code mvn -Pbench}: measures, and writes pages into {@code docs/performance}. */
public final class BenchProgram {

    private final BenchOptions options;
    private final Machine machine = Machine.here(Clock.systemUTC());
    private final Narrator narrator = new Narrator();
    private final List<DrainRound> drain = new ArrayList<>();
    private final List<LoadRun> uc1 = new ArrayList<>();
    /** The load at which latencies are to be told; null until it is known. */
    private @Nullable Fleet halfLoad;

    private final List<LoadRun> sweep = new ArrayList<>();
    private final List<MicroResult> micro = new ArrayList<>();
    private final List<FanOutRun> fanOut = new ArrayList<>();
    private final List<ReadRun> range = new ArrayList<>();
    private final List<ReadRun> export = new ArrayList<>();
    private final List<ReadRun> history = new ArrayList<>();
    private final List<LoadedRun> dashboard = new ArrayList<>();
    private final List<LoadedRun> tpcxShaped = new ArrayList<>();

    private BenchProgram(BenchOptions options) {
        this.options = options;
    }

    /** Ends the JVM: with 2 for an option that is none, with 1 for a run that does not count. */
    public static void main(String[] arguments) {
        try {
            new BenchProgram(BenchOptions.from(System::getProperty)).run();
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        } catch (BenchException | LocalStackException e) {
            e.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }

    private void run() {
        if (options.workloads().contains(Workload.MICRO)) {
            micro.addAll(new MicroWorkload(options, narrator).run());
        }
        if (options.workloads().stream().anyMatch(Workload::needsServers)) {
            try (LocalStack stack = LocalStack.start(StackOptions.forLoad(line -> narrator.say("%s", line)));
                    CqlSession session = stack.cassandra().connect()) {
                runWithServers(stack, session);
            }
        }
        write(Project.directory().resolve(options.output()));
    }

    /** A page of each part that was measured; those of the others stay as they are. */
    private void write(Path directory) {
        if (options.workloads().contains(Workload.STARTUP)) {
            StartupPage.write(new StartupWorkload(options, narrator).run(), options, machine, directory);
            narrator.say("The results are in %s", directory.resolve("startup.md"));
        }
        if (options.workloads().stream().anyMatch(Workload::isOfIngest)) {
            IngestPage.write(
                    new IngestResults(options.command(), options.isFull(), machine, drain, uc1, halfLoad, micro),
                    options,
                    directory);
            narrator.say("The results are in %s", directory.resolve("ingest.md"));
        }
        if (options.workloads().contains(Workload.SECURED)) {
            SecuredPage.write(new SecuredWorkload(options, narrator).run(machine), options, directory);
            narrator.say("The results are in %s", directory.resolve("secured.md"));
        }
        if (options.workloads().contains(Workload.SWEEP)) {
            SweepPage.write(sweep, options, machine, directory);
            narrator.say("The results are in %s", directory.resolve("sweep.md"));
        }
        if (options.workloads().contains(Workload.FAN_OUT)) {
            LivePage.write(fanOut, options, machine, directory);
            narrator.say("The results are in %s", directory.resolve("live.md"));
        }
        if (options.workloads().stream().anyMatch(Workload::isOfQuery)) {
            QueryPage.write(
                    new QueryResults(
                            options.command(),
                            options.isFull(),
                            machine,
                            range,
                            export,
                            history,
                            dashboard,
                            tpcxShaped),
                    options,
                    directory);
            narrator.say("The results are in %s", directory.resolve("query.md"));
        }
    }

    private void runWithServers(LocalStack stack, CqlSession session) {
        Contestants contestants = new Contestants(stack, options, narrator);
        if (options.workloads().contains(Workload.DRAIN)) {
            drain.addAll(new DrainWorkload(stack, session, contestants, options, narrator).run());
        }
        SteadyWorkload steady = new SteadyWorkload(stack, session, contestants, options, narrator);
        if (options.workloads().contains(Workload.UC1)) {
            uc1.addAll(steady.uc1(options.fleets()));
            if (options.isFull()) {
                halfLoad = Target.halfLoad(DrainTable.of(drain), uc1).orElse(null);
            }
            if (halfLoad != null) {
                uc1.add(steady.halfLoad(halfLoad));
            }
        }
        if (options.workloads().contains(Workload.SWEEP)) {
            sweep.addAll(steady.sweep());
        }
        query(stack, session, contestants);
        if (options.workloads().contains(Workload.FAN_OUT)) {
            fanOut.addAll(new FanOutWorkload(stack, contestants, options, narrator).run());
        }
    }

    private void query(LocalStack stack, CqlSession session, Contestants contestants) {
        Set<Workload> wanted = options.workloads();
        if (wanted.contains(Workload.RANGE) || wanted.contains(Workload.EXPORT) || wanted.contains(Workload.HISTORY)) {
            ReadWorkload reads = new ReadWorkload(stack, session, contestants, options, narrator);
            reads.run();
            range.addAll(reads.range());
            export.addAll(reads.export());
            history.addAll(reads.history());
        }
        LoadedWorkload loaded = new LoadedWorkload(stack, session, contestants, options, narrator);
        if (wanted.contains(Workload.DASHBOARD)) {
            dashboard.addAll(loaded.dashboard());
        }
        if (wanted.contains(Workload.TPCX_SHAPED)) {
            tpcxShaped.addAll(loaded.tpcxShaped());
        }
    }
}
