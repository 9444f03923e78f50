package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.CallerCredential;
import io.telltale.store.StoreUnavailableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits and permits of replays, clients that leave, and a store that does not answer. */
@Timeout(20)
class ReplayLimitsTest extends ReplayFixture {

    @Test
    void refusesTooManyReadings() {
        settings(3, 1);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 2);
        send("b", 1, 2);
        live.store().ingest(BOILERS, 0, 4);
        replay();
        live.run(() -> {
            assertBadParameter(client(0), "parameter since selects more than 3 readings");
            // Its permit is free again, and as many as are allowed are replayed.
            StreamClient three = live.replay(ofType(BOILERS), KafkaLog.millis(2));
            live.catchUp();
            assertThat(three.events()).containsExactly("a=2", "b=2", "caught-up");
        });
    }

    @Test
    void replaysAsManyReadingsAsAllowed() {
        settings(3, 1);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 3);
        live.store().ingest(BOILERS, 0, 3);
        replay();
        live.run(live::catchUp);
        assertThat(client(0).events()).isEqualTo(with(values("a", 1, 3), "caught-up"));
    }

    @Test
    void replaysTheLatestOfAnyNumberOfReadings() {
        settings(3, 1);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 10);
        live.store().ingest(BOILERS, 0, 10);
        replay(Mode.LATEST);
        live.run(live::catchUp);
        assertThat(client(0).events()).containsExactly("a=10", "caught-up");
    }

    @Test
    void refusesTooManySensors() {
        live.kafka().create(BOILERS, 1);
        for (int sensor = 0; sensor < ReplaySelection.MAX_SENSORS; sensor++) {
            live.store().register(BOILERS, "s" + sensor);
        }
        replay();
        live.run(() -> {
            assertThat(client(0).isFailed()).isFalse();
            live.store().register(BOILERS, "one-more");
            replay();
            assertBadParameter(client(1), "parameter since is given for more than 1000 sensors");
        });
    }

    @Test
    void failsWhereTheStoreDoesNotAnswer() {
        settings(100, 1);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 2);
        live.store().ingest(BOILERS, 0, 2);
        live.store().failAfterPages(0);
        replay();
        live.run(() -> {
            assertThat(client(0).failure()).isInstanceOf(StoreUnavailableException.class);
            live.store().recover();
            replay();
            live.catchUp();
            assertThat(client(1).events()).containsExactly("a=1", "a=2", "caught-up");
        });
    }

    @Test
    void endsTheStreamWhereTheStoreFailsInTheMiddle() {
        settings(100, 1);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 8);
        live.store().ingest(BOILERS, 0, 8);
        // Four pages to count the readings, then two of the replay.
        live.store().failAfterPages(6);
        replay();
        live.run(() -> {
            assertThat(client(0).events()).isEqualTo(with(values("a", 1, 4), "goodbye"));
            assertThat(client(0).timesLeft()).isEqualTo(1);
            live.store().recover();
            StreamClient next = live.resume(ofType(BOILERS), client(0).lastId());
            live.catchUp();
            assertThat(next.events()).isEqualTo(with(values("a", 5, 8), "caught-up"));
        });
    }

    @Test
    void waitsForAPermitInTheOrderOfArrival() {
        settings(100, 1);
        sendTwentyAndBlockTheFirst();
        live.run(() -> {
            replay();
            replay();
            assertThat(client(1).events()).isEmpty();
            client(0).unblock();
            live.catchUp();
            assertThat(clients)
                    .allSatisfy(client -> assertThat(client.events()).isEqualTo(with(values("a", 1, 20), "caught-up")));
        });
    }

    @Test
    void waitsWithoutAPermitThatOtherCallersCouldUse() {
        settings(1_000, 2);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 20);
        live.store().ingest(BOILERS, 0, 20);
        CallerCredential alice = new CallerCredential("key:alice", Long.MAX_VALUE, () -> true);
        StreamClient first = live.replay(ofType(BOILERS), 0, Mode.EVERY, alice);
        first.block();
        StreamClient second = live.replay(ofType(BOILERS), 0, Mode.EVERY, alice);
        StreamClient other = live.replay(
                ofType(BOILERS), 0, Mode.EVERY, new CallerCredential("key:bob", Long.MAX_VALUE, () -> true));
        live.run(() -> {
            live.catchUp();
            assertThat(second.events()).isEmpty();
            assertThat(other.events()).isEqualTo(with(values("a", 1, 20), "caught-up"));
            live.leave(first);
            live.catchUp();
            assertThat(second.events()).isEqualTo(with(values("a", 1, 20), "caught-up"));
        });
    }

    @Test
    void aClientThatLeavesBeforeItsPermitTakesNone() {
        settings(100, 1);
        sendTwentyAndBlockTheFirst();
        live.run(() -> {
            replay();
            replay();
            live.leave(client(1));
            client(0).unblock();
            live.catchUp();
            assertThat(client(1).events()).isEmpty();
            assertThat(client(2).events()).isEqualTo(with(values("a", 1, 20), "caught-up"));
        });
    }

    @Test
    void aClientThatLeavesDuringALookUpReleasesItsPermit() {
        settings(100, 1);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 2);
        live.store().ingest(BOILERS, 0, 2);
        live.store().fallSilent();
        replay();
        live.run(() -> {
            replay();
            live.store().recover();
            live.leave(client(0));
            assertThat(live.store().cancellations()).isEqualTo(1);
            live.catchUp();
            assertThat(client(1).events()).containsExactly("a=1", "a=2", "caught-up");
        });
    }

    @Test
    void aClientThatLeavesDuringItsReplayStopsTheReading() {
        settings(100, 1);
        sendTwentyAndBlockTheFirst();
        live.run(() -> {
            int pages = live.store().pagesRead();
            int cancellations = live.store().cancellations();
            live.leave(client(0));
            assertThat(live.store().cancellations()).isEqualTo(cancellations + 1);
            client(0).unblock();
            assertThat(live.store().pagesRead()).isEqualTo(pages);
            assertThat(live.catchUpRuns()).isZero();
            replay();
            live.catchUp();
            assertThat(client(1).events()).isEqualTo(with(values("a", 1, 20), "caught-up"));
        });
    }

    @Test
    void aClientThatLeavesAResumedReplayStopsTheReading() {
        settings(100, 1);
        live.kafka().create(BOILERS, 1);
        send("a", 1, 20);
        live.store().ingest(BOILERS, 0, 20);
        replay();
        live.run(() -> {
            live.store().fallSilent();
            StreamClient gone = live.resume(ofType(BOILERS), client(0).idOf("a=1"));
            live.leave(gone);
            assertThat(live.store().cancellations()).isEqualTo(1);
            live.store().recover();
            StreamClient next = live.resume(ofType(BOILERS), client(0).idOf("a=18"));
            live.catchUp();
            assertThat(next.events()).containsExactly("a=19", "a=20", "caught-up");
        });
    }

    @Test
    void readsNoMoreThanASlowClientTakes() {
        settings(100, 1);
        sendTwentyAndBlockTheFirst();
        live.run(() -> {
            // Ten pages to count the readings, four that wait for the client, one that does not fit, one ahead.
            assertThat(live.store().pagesRead()).isLessThanOrEqualTo(10 + 4 + 2);
            client(0).readOnce();
            assertThat(client(0).events()).hasSizeLessThanOrEqualTo(StreamClient.WAITING_EVENTS / 2);
            assertThat(live.store().pagesRead()).isLessThan(20);
            client(0).unblock();
            live.catchUp();
        });
        assertThat(client(0).events()).isEqualTo(with(values("a", 1, 20), "caught-up"));
        assertThat(live.gaps("slow-client")).isZero();
    }
}
