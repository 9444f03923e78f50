package io.telltale.evaluate.consistency;

import com.datastax.oss.driver.api.core.metadata.Node;
import io.telltale.bench.BenchException;
import io.telltale.bench.Summary;
import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Read;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.awaitility.Awaitility;

/**
 * Writes and reads registers at a fixed rate, whatever the responses are. Each tick sends two writes and three reads.
 * One write overwrites one of a few registers; the other one sets a register of its own, as a reading does. One client
 * reads through the affected nodes, one through the others, and one roams over all nodes.
 */
final class RegisterClients implements AutoCloseable {

    static final Duration TICK = Duration.ofMillis(40);
    static final int REGISTERS = 20;

    private static final Duration DRAIN = RegisterTable.TIMEOUT.multipliedBy(5);

    private final RegisterTable table;
    private final Levels levels;
    private final RegisterLedger ledger;
    private final List<Coordinator> all = new ArrayList<>();
    private final List<Coordinator> others;
    private final List<Coordinator> affected;
    private final SplittableRandom random;
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();
    private final Set<Lane> busy = ConcurrentHashMap.newKeySet();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final ScheduledExecutorService ticker = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> ticks;
    private int tick;
    private History.Key lastWritten = register(0);

    private record Coordinator(Node node, boolean isAffected) {}

    /** A reader of a register that waits for one response at a time: its responses have an order. */
    private record Lane(String reader, History.Key key) {}

    private RegisterClients(
            RegisterTable table, List<Node> nodes, Fault fault, Levels levels, RegisterLedger ledger, long seed) {
        this.table = table;
        this.levels = levels;
        this.ledger = ledger;
        this.random = new SplittableRandom(seed);
        for (Node node : nodes) {
            all.add(new Coordinator(node, fault.affects(all.size() + 1)));
        }
        this.others = all.stream().filter(each -> !each.isAffected()).toList();
        this.affected = all.stream().filter(Coordinator::isAffected).toList();
        this.ticks = ticker.scheduleAtFixedRate(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Starts to send.
     *
     * @param nodes in order of their numbers
     */
    static RegisterClients start(
            RegisterTable table, List<Node> nodes, Fault fault, Levels levels, RegisterLedger ledger, long seed) {
        return new RegisterClients(table, nodes, fault, levels, ledger, seed);
    }

    static History.Key register(int number) {
        return new History.Key("register-" + number, 0);
    }

    /** All that have ended. */
    List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Of the requests that were sent in the last second and answered; infinite if there are none. */
    double recentMedianMillis() {
        long since = ledger.nowMicros() - TimeUnit.SECONDS.toMicros(1);
        List<Double> millis = requests.stream()
                .filter(request -> request.isAnswered() && request.sentMicros() >= since)
                .map(request -> request.tookMicros() / 1_000.0)
                .toList();
        return millis.isEmpty() ? Double.POSITIVE_INFINITY : Summary.of(millis).median();
    }

    private void tick() {
        tick++;
        History.Key register = register(random.nextInt(REGISTERS));
        History.Key reading = new History.Key("reading-" + tick, tick);
        write(turn(all, 0), register);
        write(turn(all, 1), reading);
        read("client of the other nodes", turn(others, 0));
        read("client of the affected nodes", turn(affected, 0));
        read("roaming client", turn(all, 2));
        lastWritten = random.nextBoolean() ? register : reading;
    }

    private Coordinator turn(List<Coordinator> coordinators, int ahead) {
        return coordinators.get((tick + ahead) % coordinators.size());
    }

    private void write(Coordinator coordinator, History.Key key) {
        RegisterLedger.Sent write = ledger.send(key);
        long sentMicros = ledger.nowMicros();
        follow(
                true,
                coordinator,
                sentMicros,
                table.write(coordinator.node(), levels.write(), write),
                rows -> write.acknowledge(ledger.nowMicros()),
                () -> {});
    }

    /** What was written a tick ago, or any register. */
    private void read(String client, Coordinator coordinator) {
        History.Key key = random.nextBoolean() ? lastWritten : register(random.nextInt(REGISTERS));
        Lane lane = freeLane(client, key);
        long sentMicros = ledger.nowMicros();
        follow(
                false,
                coordinator,
                sentMicros,
                table.read(coordinator.node(), levels.read(), key),
                observed -> ledger.receive(
                        new Read(lane.reader(), sentMicros, ledger.nowMicros(), List.of(key), false, false, observed)),
                () -> busy.remove(lane));
    }

    private Lane freeLane(String client, History.Key key) {
        for (int number = 1; ; number++) {
            Lane lane = new Lane("%s %d".formatted(client, number), key);
            if (busy.add(lane)) {
                return lane;
            }
        }
    }

    private <T> void follow(
            boolean isWrite,
            Coordinator coordinator,
            long sentMicros,
            CompletionStage<T> response,
            Consumer<T> whenAnswered,
            Runnable atEnd) {
        inFlight.incrementAndGet();
        CompletionStage<T> unused = response.whenComplete((answer, failure) -> {
            if (failure == null) {
                whenAnswered.accept(answer);
            }
            requests.add(new Request(
                    isWrite,
                    coordinator.isAffected(),
                    sentMicros,
                    ledger.nowMicros() - sentMicros,
                    failure == null ? "" : Request.kindOf(failure)));
            atEnd.run();
            inFlight.decrementAndGet();
        });
    }

    /** Stops sending, and returns when the last request has ended. */
    @Override
    public void close() {
        boolean hasFailed = ticks.isDone();
        ticker.shutdown();
        Awaitility.await("the last requests").atMost(DRAIN).until(() -> inFlight.get() == 0);
        if (hasFailed) {
            try {
                ticks.get();
            } catch (ExecutionException e) {
                throw new BenchException("the clients stopped sending", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
