package io.telltale.live;

import static io.telltale.live.LiveFixture.BOILERS;
import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Scope;
import io.telltale.sensors.SensorFilter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a caller with a list of sites receives of sensors that are not cached. */
@Timeout(20)
class SiteScopesTest {

    private final LiveFixture live = new LiveFixture();
    private final KafkaLog kafka = live.kafka();
    private StreamClient client = open();

    private StreamClient open() {
        kafka.create(BOILERS, 1);
        return live.subscribe(mine());
    }

    private static Subscription mine() {
        Scope scope = new Scope(List.of("mine"), null, null);
        return Subscription.of(
                new SubscriptionFilter(Set.of(), new SensorFilter(BOILERS, null, Map.of()), scope), Set.of());
    }

    /** Lets catch-ups go on as long as they wait for lookups. */
    private void catchUp() {
        for (int attempt = 0; attempt < 5; attempt++) {
            live.catchUpLater();
        }
    }

    @Test
    void seesNoReadingOfASensorThatWasMovedAway() {
        live.decoder().register("moved", BOILERS, "other");
        live.decoder().register("kept", BOILERS, "mine");
        StreamClient everything = live.subscribe(LiveFixture.everything());
        live.run(
                () -> {
                    kafka.sendFrom("mine", BOILERS, "moved", 1);
                    kafka.sendFrom("mine", BOILERS, "kept", 2);
                    kafka.sendFrom("other", BOILERS, "new", 3);
                },
                () -> {
                    assertThat(client.events()).as("before the lookup").isEmpty();
                    assertThat(everything.events()).containsExactly("moved=1", "kept=2", "new=3");
                    catchUp();
                    kafka.sendFrom("mine", BOILERS, "moved", 4);
                    kafka.sendFrom("mine", BOILERS, "kept", 5);
                },
                () -> assertThat(client.subscriber().isReceiving()).isTrue());
        assertThat(client.events()).containsExactly("kept=2", "kept=5");
    }

    @Test
    void aRecordDecidesForASensorThatIsNotRegistered() {
        live.run(
                () -> {
                    kafka.sendFrom("mine", BOILERS, "new", 1);
                    kafka.sendFrom("other", BOILERS, "newer", 2);
                    kafka.sendFrom("mine", BOILERS, "new", 3);
                },
                this::catchUp);
        assertThat(client.events()).containsExactly("new=1", "new=3");
    }

    /** Its records have no site, and another replica ingested the one that moved it. */
    @Test
    void seesNoReadingOfASensorThatWasCachedLongAgo() {
        live.decoder().cacheLongAgo("moved", BOILERS, "mine");
        live.decoder().register("moved", BOILERS, "other");
        live.decoder().cacheLongAgo("kept", BOILERS, "mine");
        live.decoder().register("kept", BOILERS, "mine");
        live.run(
                () -> {
                    kafka.send(BOILERS, 0, "moved", 1);
                    kafka.send(BOILERS, 0, "kept", 2);
                    kafka.send(BOILERS, 0, "moved", 3);
                },
                this::catchUp,
                () -> assertThat(client.subscriber().isReceiving()).isTrue());
        assertThat(client.events()).containsExactly("kept=2");
    }

    @Test
    void waitsWhileTheSensorCannotBeLookedUp() {
        live.decoder().register("moved", BOILERS, "other");
        live.decoder().register("kept", BOILERS, "mine");
        live.decoder().setStoreAvailable(false);
        live.run(
                () -> {
                    kafka.sendFrom("mine", BOILERS, "moved", 1);
                    kafka.sendFrom("mine", BOILERS, "kept", 2);
                },
                () -> {
                    catchUp();
                    assertThat(client.events()).isEmpty();
                    live.decoder().setStoreAvailable(true);
                    catchUp();
                    assertThat(client.events()).containsExactly("kept=2");
                });
    }

    /** It is registered again, within a minute after its shredding. */
    @Test
    void aSensorThatIsNotCachedDelaysNoOther() {
        live.decoder().stopCaching();
        live.decoder().register("again", BOILERS, "mine");
        live.decoder().register("moved", BOILERS, "other");
        live.run(
                () -> {
                    kafka.sendFrom("mine", BOILERS, "again", 1);
                    kafka.sendFrom("mine", BOILERS, "moved", 2);
                    kafka.sendFrom("mine", BOILERS, "new", 3);
                },
                this::catchUp,
                () -> kafka.sendFrom("mine", BOILERS, "again", 4),
                this::catchUp);
        assertThat(client.events()).containsExactly("again=1", "new=3", "again=4");
    }

    @Test
    void aResumedStreamLooksUpWhatItMissed() {
        live.decoder().register("moved", BOILERS, "other");
        live.decoder().register("kept", BOILERS, "mine");
        live.run(
                () -> live.leave(client),
                () -> {
                    for (int value = 1; value <= 40; value++) {
                        live.decoder().register("kept" + value, BOILERS, "mine");
                        kafka.sendFrom("mine", BOILERS, "kept" + value, value);
                        kafka.sendFrom("mine", BOILERS, "moved", value);
                    }
                    client = live.resume(mine(), client.lastId());
                },
                () -> {
                    for (int attempt = 0; attempt < 10; attempt++) {
                        catchUp();
                    }
                    assertThat(client.events()).hasSize(40).noneMatch(event -> event.startsWith("moved"));
                });
    }
}
