package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static io.telltale.live.LiveFixture.DOORS;
import static io.telltale.live.LiveFixture.everything;
import static io.telltale.live.LiveFixture.ofSensor;
import static io.telltale.live.LiveFixture.ofType;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.telltale.live.UnverifiedRecords.Snapshot;
import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.telltale.settings.ManualClock;
import io.telltale.store.KnownDeletions;
import io.telltale.store.NewDeletions;
import io.telltale.store.Shreddings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HubTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<Reading> encoded = new ArrayList<>();
    private final NewDeletions deletions = new NewDeletions(new Shreddings(new ManualClock(NOW)));
    private final Hub hub = new Hub(new NewestTimestamps(deletions), meters, new ManualClock(NOW), reading -> {
        encoded.add(reading);
        return LiveEvent.body(reading);
    });
    private final List<Subscription> idsMade = new ArrayList<>();

    @Test
    void deliversToEachMatchingSubscriberOnce() {
        StreamClient all = subscribe(everything());
        StreamClient boilers = subscribe(ofType(BOILERS));
        StreamClient doors = subscribe(ofType(DOORS));
        StreamClient sensor = subscribe(ofSensor("a"));
        StreamClient other = subscribe(ofSensor("b"));
        StreamClient site = subscribe(ofSite(null, "plant"));
        StreamClient boilersOfSite = subscribe(ofSite(BOILERS, "plant"));
        StreamClient otherSite = subscribe(ofSite(null, "yard"));
        StreamClient sensorOfOtherSite =
                subscribe(Subscription.of(LiveFixture.filter(Set.of(new SensorId("a")), null, "yard"), Set.of()));
        publish("a", BOILERS, "plant", 1);
        assertThat(List.of(all, boilers, sensor, site, boilersOfSite))
                .allSatisfy(client -> assertThat(client.events()).containsExactly("a=1"));
        assertThat(List.of(doors, other, otherSite, sensorOfOtherSite))
                .allSatisfy(client -> assertThat(client.events()).isEmpty());
    }

    @Test
    void matchesNoSiteWhereAReadingHasNone() {
        StreamClient site = subscribe(ofSite(null, "plant"));
        StreamClient all = subscribe(everything());
        publish("a", BOILERS, null, 1);
        assertThat(site.events()).isEmpty();
        assertThat(all.events()).containsExactly("a=1");
    }

    @Test
    void encodesAReadingOnceAndAnIdOncePerSubscription() {
        for (int i = 0; i < 5; i++) {
            subscribe(everything());
            subscribe(ofType(BOILERS));
        }
        publish("a", BOILERS, null, 1);
        assertThat(encoded).hasSize(1);
        assertThat(idsMade).containsExactlyInAnyOrder(everything(), ofType(BOILERS));
    }

    @Test
    void encodesNothingWithoutAMatch() {
        subscribe(ofType(DOORS));
        publish("a", BOILERS, null, 1);
        assertThat(encoded).isEmpty();
        assertThat(meters.get("telltale.kafka.to.event").timer().count()).isZero();
    }

    @Test
    void measuresFromTheRecordTimeOncePerReading() {
        subscribe(everything());
        subscribe(everything());
        publish("a", BOILERS, null, 1);
        assertThat(meters.get("telltale.kafka.to.event").timer().count()).isEqualTo(1);
        assertThat(meters.get("telltale.kafka.to.event").timer().totalTime(java.util.concurrent.TimeUnit.MILLISECONDS))
                .isEqualTo(5);
    }

    @Test
    void skipsASubscriberThatIsBehind() {
        StreamClient behind = client(everything(), Mode.EVERY);
        behind.subscriber().begin(LiveEvent.idLine("first"), false);
        behind.open();
        hub.add(behind.subscriber());
        publish("a", BOILERS, null, 1);
        assertThat(behind.events()).isEmpty();
        assertThat(encoded).isEmpty();
    }

    @Test
    void skipsLateReadingsForSubscribersOfTheLatest() {
        StreamClient latest = subscribe(everything(), Mode.LATEST);
        StreamClient every = subscribe(everything());
        publish("a", BOILERS, null, 5);
        publish("a", BOILERS, null, 4);
        publish("b", BOILERS, null, 4);
        publish("a", BOILERS, null, 6);
        assertThat(latest.events()).containsExactly("a=5", "b=4", "a=6");
        assertThat(every.events()).containsExactly("a=5", "a=4", "b=4", "a=6");
    }

    /** As of a wrong time far ahead, or of a sensor that was shredded. */
    @Test
    void noReadingIsLateAfterTheNewestWasDeleted() {
        StreamClient latest = subscribe(everything(), Mode.LATEST);
        publish("a", BOILERS, null, 9);
        publish("b", BOILERS, null, 9);
        KnownDeletions.replace(deletions, new SensorId("a"));
        publish("a", BOILERS, null, 4);
        publish("b", BOILERS, null, 4);
        assertThat(latest.events()).containsExactly("a=9", "b=9", "a=4");
    }

    @Test
    void aReadingReadForOneSubscriberCountsAsTheNewest() {
        StreamClient latest = subscribe(everything(), Mode.LATEST);
        StreamClient every = subscribe(everything());
        assertThat(hub.admit(latest.subscriber(), reading("a", BOILERS, 5))).isTrue();
        assertThat(hub.admit(latest.subscriber(), reading("a", BOILERS, 4))).isFalse();
        assertThat(hub.admit(every.subscriber(), reading("a", BOILERS, 4))).isTrue();
        publish("a", BOILERS, null, 4);
        assertThat(latest.events()).isEmpty();
    }

    @Test
    void aSlowSubscriberMissesEventsAndDelaysNoOther() {
        StreamClient slow = subscribe(everything());
        StreamClient fast = subscribe(everything());
        slow.block();
        for (int value = 1; value <= 1_000; value++) {
            publish("a", BOILERS, null, value);
        }
        assertThat(fast.events()).hasSize(1_000);
        slow.unblock();
        assertThat(slow.events()).startsWith("gap slow-client").endsWith("a=1000");
        assertThat(slow.events()).hasSizeLessThanOrEqualTo(1 + StreamClient.WAITING_EVENTS);
        assertThat(gaps("slow-client")).isEqualTo(1);
    }

    @Test
    @SuppressWarnings("NullAway") // It does not read the type argument of a lambda's result.
    void dismissesASubscriberWhoseIdIsTooLong() {
        StreamClient client = subscribe(everything());
        hub.publish(reading("a", BOILERS, 1), null, NOW.toEpochMilli(), subscription -> null);
        assertThat(client.events()).containsExactly("goodbye");
        assertThat(client.isEnded()).isTrue();
        assertThat(hub.has(client.subscriber())).isFalse();
        assertThat(client.timesLeft()).isEqualTo(1);
    }

    @Test
    void suspendsTheSubscribersOfATypeOnce() {
        StreamClient boilers = subscribe(ofType(BOILERS));
        StreamClient all = subscribe(everything());
        StreamClient doors = subscribe(ofType(DOORS));
        StreamClient catchingUp = subscribe(ofType(BOILERS));
        catchingUp.subscriber().startBuffering();
        assertThat(hub.suspend(BOILERS, Snapshot.EMPTY))
                .containsExactlyInAnyOrder(boilers.subscriber(), all.subscriber());
        assertThat(hub.suspend(BOILERS, Snapshot.EMPTY)).isEmpty();
        assertThat(boilers.subscriber().isReceiving()).isFalse();
        assertThat(catchingUp.subscriber().isReceiving()).isFalse();
        assertThat(doors.subscriber().isReceiving()).isTrue();
    }

    @Test
    void releasesThePermitOfASubscriberOnce() {
        StreamClient client = subscribe(everything());
        assertThat(subscribers()).isEqualTo(1);
        hub.remove(client.subscriber());
        hub.dismiss(client.subscriber(), Goodbye.INTERRUPTED);
        hub.remove(client.subscriber());
        assertThat(client.timesLeft()).isEqualTo(1);
        assertThat(subscribers()).isZero();
        assertThat(hub.isEmpty()).isTrue();
        publish("a", BOILERS, null, 1);
        assertThat(encoded).isEmpty();
    }

    @Test
    void lateReadingsCountAgainOnceTheLastOfLatestLeft() {
        StreamClient latest = subscribe(everything(), Mode.LATEST);
        publish("a", BOILERS, null, 5);
        hub.remove(latest.subscriber());
        publish("a", BOILERS, null, 9);
        StreamClient next = subscribe(everything(), Mode.LATEST);
        publish("a", BOILERS, null, 7);
        // Without a subscriber of mode latest, the hub records no event times.
        assertThat(next.events()).containsExactly("a=7");
    }

    @Test
    void sendsAHeartbeatWithTheIdOfTheTail() {
        StreamClient live = subscribe(everything());
        StreamClient behind = client(everything(), Mode.EVERY);
        behind.subscriber().begin(LiveEvent.idLine("own"), false);
        behind.open();
        hub.add(behind.subscriber());
        hub.heartbeat(subscription -> "tail");
        assertThat(live.lastId()).isEqualTo("tail");
        assertThat(behind.lastId()).isEqualTo("own");
        assertThat(behind.ids()).hasSize(2);
    }

    @Test
    void cutsOffASubscriberThatTakesNothing() {
        StreamClient client = subscribe(everything());
        client.block();
        publish("a", BOILERS, null, 1);
        hub.heartbeat(subscription -> "tail");
        assertThat(hub.has(client.subscriber())).isTrue();
        hub.heartbeat(subscription -> "tail");
        assertThat(hub.has(client.subscriber())).isFalse();
        assertThat(client.isAborted()).isTrue();
        assertThat(client.timesLeft()).isEqualTo(1);
    }

    @Test
    void saysGoodbyeToAllAtShutdown() {
        StreamClient one = subscribe(everything());
        StreamClient other = subscribe(ofType(DOORS));
        assertThat(hub.isStopping()).isFalse();
        hub.goodbye(new ShutdownDelayInitiatedEvent());
        assertThat(hub.isStopping()).isTrue();
        assertThat(List.of(one, other)).allSatisfy(client -> {
            assertThat(client.events()).containsExactly("goodbye");
            assertThat(client.isEnded()).isTrue();
        });
    }

    @Test
    void knowsTheTopicsOfItsSubscribers() {
        StreamClient boilers = subscribe(ofType(BOILERS));
        assertThat(hub.hasSubscribersOf(BOILERS)).isTrue();
        assertThat(hub.hasSubscribersOf(DOORS)).isFalse();
        assertThat(hub.hasSubscribersOfAllTopics()).isFalse();
        subscribe(ofSensor("a"));
        assertThat(hub.hasSubscribersOf(DOORS)).isTrue();
        assertThat(hub.hasSubscribersOfAllTopics()).isTrue();
        hub.remove(boilers.subscriber());
        assertThat(hub.arrivals()).isEqualTo(2);
    }

    private StreamClient subscribe(Subscription subscription) {
        return subscribe(subscription, Mode.EVERY);
    }

    private StreamClient subscribe(Subscription subscription, Mode mode) {
        StreamClient client = client(subscription, mode);
        hub.add(client.subscriber());
        client.subscriber().begin(LiveEvent.idLine("first"), true);
        client.open();
        return client;
    }

    private StreamClient client(Subscription subscription, Mode mode) {
        return new StreamClient(subscription, mode, hub);
    }

    private static Subscription ofSite(@Nullable SensorType type, String site) {
        return Subscription.of(LiveFixture.filter(Set.of(), type, site), Set.of());
    }

    private void publish(String sensor, SensorType type, @Nullable String site, int value) {
        hub.publish(reading(sensor, type, value), site, NOW.toEpochMilli() - 5, subscription -> {
            idsMade.add(subscription);
            return "id-" + value;
        });
    }

    private static Reading reading(String sensor, SensorType type, int value) {
        return new Reading(new SensorId(sensor), type, KafkaLog.millis(value), new Value.Numeric(value));
    }

    private double gaps(String reason) {
        return meters.get("telltale.live.gaps").tag("reason", reason).counter().count();
    }

    private double subscribers() {
        return meters.get("telltale.live.subscribers").gauge().value();
    }
}
