package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random schedules of sends, ingest, removals, recreations and reconnects, on one thread. No reading is received twice.
 * Each stored one is received, from Kafka or from history. It may be missing behind a gap where no id named a topic
 * before, or where a deleted topic had no epoch. {@code -Dschedules=} sets the number of schedules, {@code -Dseed=} the
 * first seed.
 */
@Timeout(600)
class RandomRemovalsTest {

    private static final TopicPartition FIRST = new TopicPartition(BOILERS.topic(), 0);
    private static final int SCHEDULES = Integer.getInteger("schedules", 300);
    private static final long SEED = Long.getLong("seed", 1);

    @Test
    void receivesEachStoredReadingOnce() {
        for (long seed = SEED; seed < SEED + SCHEDULES; seed++) {
            new Schedule(seed).run();
        }
    }

    private static final class Schedule {

        private final long seed;
        private final Random random;
        private final LiveFixture live = new LiveFixture();
        private final KafkaLog kafka = live.kafka();
        private final List<StreamClient> clients = new ArrayList<>();
        private final List<String> steps = new ArrayList<>();
        private final Set<String> stored = new HashSet<>();
        private final List<String> pending = new ArrayList<>();
        private final Map<String, Integer> gapsWhenSent = new HashMap<>();
        private final Subscription subscription;
        private final boolean isNamed;
        private String lastId = "";
        private int value;

        /** Whether the last client has left, and none has resumed since. */
        private boolean isAway;

        /** Whether the tail has to discover a topic before it may be deleted. */
        private boolean isDiscoveryDue;

        /** Whether each topic had an epoch before it was deleted. */
        private boolean haveEpochs = true;

        Schedule(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.subscription = List.of(
                            LiveFixture.ofType(BOILERS),
                            LiveFixture.ofSensors(Set.of(BOILERS, DOORS), "a", "d"),
                            LiveFixture.everything())
                    .get(random.nextInt(3));
            this.isNamed = subscription.types().size() == 1 && random.nextBoolean();
        }

        void run() {
            if (isNamed || random.nextBoolean()) {
                create();
            }
            kafka.create(DOORS, 1);
            // The tail polls while it reads a topic.
            live.subscribe(LiveFixture.ofType(DOORS));
            clients.add(random.nextInt(4) == 0 ? live.replay(subscription, 0) : live.subscribe(subscription));
            List<Runnable> script = new ArrayList<>();
            int length = 5 + random.nextInt(25);
            for (int poll = 0; poll < length; poll++) {
                int repeats = 1 + random.nextInt(4);
                if (random.nextInt(4) == 0) {
                    script.add(() -> {
                        note("minute");
                        live.clock().move(Duration.ofMinutes(1));
                    });
                }
                script.add(() -> {
                    live.clock().move(TailedTopics.TRUST);
                    isDiscoveryDue = false;
                    for (int each = 0; each < repeats && !isDiscoveryDue; each++) {
                        step();
                    }
                });
            }
            script.add(() -> {
                note("end");
                if (isAway) {
                    resume();
                }
                if (!kafka.has(FIRST)) {
                    create();
                }
                send();
                ingest();
                live.discover();
            });
            for (int rest = 0; rest < 6; rest++) {
                script.add(() -> {
                    live.fillGaps();
                    live.discover();
                });
                script.add(live::catchUpLater);
            }
            live.run(script.toArray(Runnable[]::new));
            requireAll();
        }

        private void requireAll() {
            List<String> received =
                    events().filter(event -> event.contains("=")).toList();
            Set<String> missing = new TreeSet<>(stored);
            received.forEach(missing::remove);
            String schedule = "seed %d: %s; %s; events %s"
                    .formatted(
                            seed,
                            subscription.types(),
                            steps,
                            clients.stream().map(StreamClient::events).toList());
            assertThat(received).as(schedule).doesNotHaveDuplicates();
            if (isNamed && haveEpochs) {
                assertThat(missing).as(schedule).isEmpty();
            }
            assertThat(missing)
                    .as(schedule)
                    .allMatch(reading -> gaps() > Objects.requireNonNull(gapsWhenSent.get(reading)));
        }

        private Stream<String> events() {
            return clients.stream().flatMap(client -> client.events().stream());
        }

        private int gaps() {
            return (int) events().filter(event -> event.startsWith("gap")).count();
        }

        private void note(String step) {
            steps.add(step);
        }

        private void step() {
            if (!kafka.has(FIRST)) {
                stepWithoutTopic();
                return;
            }
            switch (random.nextInt(12)) {
                case 0, 1 -> send();
                case 2 -> ingest();
                case 3 -> recreate();
                case 4 -> delete();
                case 5 -> removeRecords();
                case 6 -> {
                    note("discover");
                    live.discover();
                }
                case 7 -> {
                    note("fill");
                    live.fillGaps();
                }
                case 8 -> {
                    note("catch-up");
                    live.catchUpLater();
                }
                case 9 -> {
                    note("waited");
                    live.endWaitForProgress();
                }
                case 10 -> leave();
                default -> reconnect();
            }
        }

        private void stepWithoutTopic() {
            switch (random.nextInt(8)) {
                case 0 -> {
                    note("catch-up");
                    live.catchUp();
                }
                case 1 -> {
                    note("fill");
                    live.fillGaps();
                }
                case 2 -> leave();
                case 3 -> reconnect();
                default -> {
                    note("create");
                    create();
                    live.discover();
                }
            }
        }

        private void leave() {
            if (!isAway) {
                note("leave");
                StreamClient before = clients.get(clients.size() - 1);
                live.leave(before);
                if (!before.ids().isEmpty()) {
                    lastId = before.lastId();
                }
                isAway = true;
            }
        }

        private void reconnect() {
            leave();
            resume();
        }

        private void resume() {
            note("resume");
            clients.add(lastId.isEmpty() ? live.subscribe(subscription) : live.resume(subscription, lastId));
            isAway = false;
            awaitDiscovery();
        }

        /**
         * An open stream whose ids do not name the topic knows only from the tail that it exists: one that is deleted
         * between two discoveries is not reported.
         */
        private void awaitDiscovery() {
            if (!isNamed && !isAway) {
                live.discover();
                isDiscoveryDue = true;
            }
        }

        private void recreate() {
            ingestMaybe();
            note("recreate");
            haveEpochs &= live.store().hasEpoch(BOILERS);
            create();
            live.discover();
        }

        private void delete() {
            ingestMaybe();
            note("delete");
            haveEpochs &= live.store().hasEpoch(BOILERS);
            kafka.delete(BOILERS);
            pending.clear();
            live.discover();
        }

        private void removeRecords() {
            ingestMaybe();
            note("remove");
            kafka.removeBefore(BOILERS, 0, kafka.end(FIRST));
            pending.clear();
        }

        /** Ingest has not started on the topic, and perhaps never will. */
        private void create() {
            kafka.create(BOILERS, 1);
            pending.clear();
            awaitDiscovery();
        }

        private void send() {
            value++;
            note("send " + value);
            kafka.send(BOILERS, 0, "a", value);
            pending.add("a=" + value);
            gapsWhenSent.put("a=" + value, gaps());
        }

        private void ingest() {
            note("ingest");
            live.store().ingest(BOILERS, 0, kafka.end(FIRST));
            stored.addAll(pending);
            pending.clear();
        }

        private void ingestMaybe() {
            if (random.nextInt(4) > 0) {
                ingest();
            }
        }
    }
}
