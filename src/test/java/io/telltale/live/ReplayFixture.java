package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Clients that replay the stored readings of one topic, over a tail that runs. */
abstract class ReplayFixture {

    LiveFixture live = new LiveFixture();
    final List<StreamClient> clients = new ArrayList<>();

    void settings(int replayedReadings, int replays) {
        live = new LiveFixture(new LiveSettings(replayedReadings, replays, LiveSettings.DEFAULTS.keepTailing()));
    }

    void send(String sensor, int from, int to) {
        for (int value = from; value <= to; value++) {
            live.kafka().send(BOILERS, 0, sensor, value);
        }
    }

    static List<String> values(String sensor, int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(value -> sensor + "=" + value)
                .toList();
    }

    static List<String> with(List<String> events, String... more) {
        List<String> all = new ArrayList<>(events);
        all.addAll(List.of(more));
        return all;
    }

    StreamClient replay() {
        return replay(Mode.EVERY);
    }

    StreamClient replay(Mode mode) {
        StreamClient client = live.replay(ofType(BOILERS), 0, mode);
        clients.add(client);
        return client;
    }

    /** The client of a replay, counted from 0. */
    StreamClient client(int number) {
        return clients.get(number);
    }

    static void assertBadParameter(StreamClient client, String detail) {
        assertThat(client.failure()).isInstanceOfSatisfying(ProblemException.class, thrown -> {
            assertThat(thrown.problem().code()).isEqualTo(ProblemCode.BAD_PARAMETER);
            assertThat(thrown.problem().detail()).startsWith(detail);
        });
    }

    void sendTwentyAndBlockTheFirst() {
        live.kafka().create(BOILERS, 1);
        send("a", 1, 20);
        live.store().ingest(BOILERS, 0, 20);
        replay().block();
    }
}
