package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random schedules of sends, ingest, removals, recreations and reconnects, on one thread. Each stored reading is
 * received once, from Kafka or from history. {@code -Dschedules=} sets their number, {@code -Dseed=} the first seed.
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
        private final boolean isOfOneType;
        private String lastId = "";
        private int value;

        Schedule(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.isOfOneType = random.nextBoolean();
        }

        void run() {
            create();
            kafka.create(DOORS, 1);
            // The tail polls while it reads a topic.
            live.subscribe(LiveFixture.ofType(DOORS));
            clients.add(live.subscribe(
                    isOfOneType
                            ? LiveFixture.ofType(BOILERS)
                            : LiveFixture.ofSensors(Set.of(BOILERS, DOORS), "a", "d")));
            List<Runnable> script = new ArrayList<>();
            script.add(this::send);
            int length = 5 + random.nextInt(25);
            for (int step = 0; step < length; step++) {
                int repeats = 1 + random.nextInt(4);
                script.add(() -> {
                    live.clock().move(TailedTopics.TRUST);
                    for (int each = 0; each < repeats; each++) {
                        step();
                    }
                });
            }
            script.add(() -> {
                note("end");
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
            List<String> received = clients.stream()
                    .flatMap(client -> client.events().stream())
                    .filter(event -> event.contains("="))
                    .toList();
            String schedule = "seed %d: %s; events %s"
                    .formatted(
                            seed,
                            steps,
                            clients.stream().map(StreamClient::events).toList());
            assertThat(received).as(schedule).doesNotHaveDuplicates().containsAll(stored);
        }

        private void note(String step) {
            steps.add(step);
        }

        private void step() {
            if (!kafka.has(FIRST)) {
                catchUpOrCreate();
                return;
            }
            switch (random.nextInt(11)) {
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
                default -> {
                    note("reconnect");
                    StreamClient before = clients.get(clients.size() - 1);
                    live.leave(before);
                    if (!before.ids().isEmpty()) {
                        lastId = before.lastId();
                    }
                    clients.add(live.resume(before.subscription(), lastId));
                }
            }
        }

        private void recreate() {
            ingestMaybe();
            note("recreate");
            create();
            live.discover();
        }

        private void delete() {
            ingestMaybe();
            note("delete");
            kafka.delete(BOILERS);
            pending.clear();
            live.discover();
        }

        private void catchUpOrCreate() {
            int choice = random.nextInt(4);
            if (choice == 0) {
                note("catch-up");
                live.catchUp();
            } else if (choice == 1 && isOfOneType) {
                // Of several types, no id names the deleted one behind the fill, nor a topic that lives shortly.
                note("fill");
                live.fillGaps();
            } else {
                note("create");
                create();
                live.discover();
            }
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
        }

        private void send() {
            value++;
            note("send " + value);
            kafka.send(BOILERS, 0, "a", value);
            pending.add("a=" + value);
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
