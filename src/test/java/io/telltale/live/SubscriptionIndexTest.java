package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.CallerCredential;
import io.telltale.api.QueryFingerprint;
import io.telltale.sensors.Reading;
import io.telltale.sensors.Scope;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SubscriptionIndexTest {

    private static final SensorType BOILERS = new SensorType("boilers");
    private static final SensorType DOORS = new SensorType("doors");
    private static final SensorId BOILER = new SensorId("boiler-7");

    private final SubscriptionIndex subscriptions = new SubscriptionIndex();
    private final Subscriber all = subscribe(Set.of(), null, null);
    private final Subscriber boilers = subscribe(Set.of(), BOILERS, null);
    private final Subscriber doors = subscribe(Set.of(), DOORS, null);
    private final Subscriber plant = subscribe(Set.of(), null, "plant");
    private final Subscriber boilersOfThePlant = subscribe(Set.of(), BOILERS, "plant");
    private final Subscriber doorsOfThePlant = subscribe(Set.of(), DOORS, "plant");
    private final Subscriber boiler = subscribe(Set.of(BOILER, new SensorId("other")), null, null);
    private final Subscriber boilerInTheYard = subscribe(Set.of(BOILER), null, "yard");

    @Test
    void matchesReadingsThatMeetAllConditions() {
        assertThat(subscribers(BOILERS, "plant"))
                .containsExactlyInAnyOrder(all, boilers, plant, boilersOfThePlant, boiler);
        assertThat(subscribers(BOILERS, "yard")).containsExactlyInAnyOrder(all, boilers, boiler, boilerInTheYard);
        assertThat(subscribers(DOORS, null)).containsExactlyInAnyOrder(all, doors, boiler);
    }

    @Test
    void findsNoSubscriberThatLeft() {
        for (Subscriber subscriber : List.copyOf(subscriptions.all())) {
            assertThat(subscriptions.remove(subscriber)).isTrue();
            assertThat(subscriptions.remove(subscriber)).isFalse();
        }
        assertThat(subscribers(BOILERS, "plant")).isEmpty();
        assertThat(subscriptions.mayMatch(BOILERS, BOILER)).isFalse();
    }

    @Test
    void testsTheKeyBeforeARecordIsDecoded() {
        List.of(all, plant, boilersOfThePlant, doorsOfThePlant, boilerInTheYard).forEach(subscriptions::remove);
        assertThat(subscriptions.mayMatch(BOILERS, new SensorId("any"))).isTrue();
        assertThat(subscriptions.mayMatch(new SensorType("cars"), BOILER)).isTrue();
        assertThat(subscriptions.mayMatch(new SensorType("cars"), new SensorId("any")))
                .isFalse();
        assertThat(subscriptions.mayMatch(new SensorType("cars"), null)).isTrue();
    }

    @Test
    void findsSubscribersByTheLabelsOfASensor() {
        Subscriber heated = subscribe(Map.of("heated", "yes"), null, BOILER::equals);
        Subscriber heatedDoors = subscribe(Map.of("heated", "yes"), DOORS, BOILER::equals);
        Subscriber cold = subscribe(Map.of("heated", "no"), null, id -> false);
        List.of(all, boilers, plant, boilersOfThePlant, doorsOfThePlant, boilerInTheYard, boiler, doors)
                .forEach(subscriptions::remove);

        assertThat(subscribers(BOILERS, "plant")).containsExactly(heated);
        assertThat(subscribers(DOORS, null)).containsExactlyInAnyOrder(heated, heatedDoors);
        assertThat(subscriptions.mayMatch(BOILERS, BOILER)).isTrue();
        assertThat(subscriptions.mayMatch(BOILERS, new SensorId("any"))).isFalse();
        List.of(heated, heatedDoors, cold).forEach(subscriptions::remove);
        assertThat(subscriptions.mayMatch(BOILERS, BOILER)).isFalse();
    }

    @Test
    void bindsEventIdsToLabelsOnlyWhereThereAreAny() {
        assertThat(boilersOfThePlant.subscription().fingerprint())
                .isEqualTo(QueryFingerprint.of(List.of("live", "boilers", "plant")));
        assertThat(subscribe(Map.of("b", "2", "a", "1"), BOILERS, id -> true)
                        .subscription()
                        .fingerprint())
                .isEqualTo(QueryFingerprint.of(List.of("live", "boilers", "", "label.a=1", "label.b=2")));
    }

    private List<Subscriber> subscribers(SensorType type, @Nullable String site) {
        List<Subscriber> found = new ArrayList<>();
        subscriptions.forEach(new Reading(BOILER, type, 0, new Value.Numeric(1)), site, found::add);
        return found;
    }

    private Subscriber subscribe(Set<SensorId> sensors, @Nullable SensorType type, @Nullable String site) {
        return subscribe(Subscription.of(LiveFixture.filter(sensors, type, site), Set.of()));
    }

    private Subscriber subscribe(Map<String, String> labels, @Nullable SensorType type, Predicate<SensorId> labeled) {
        return subscribe(Subscription.of(
                new SubscriptionFilter(Set.of(), new SensorFilter(type, null, labels), Scope.EVERYTHING),
                Set.of(),
                labeled));
    }

    private Subscriber subscribe(Subscription subscription) {
        Subscriber subscriber = new Subscriber(
                subscription,
                new DeliveryPolicy(Mode.EVERY, 16, 2),
                new ClientConnection(CallerCredential.ANONYMOUS, Runnable::run, noConnection(), () -> {}, () -> {}),
                () -> {});
        subscriptions.add(subscriber);
        return subscriber;
    }

    /** Nothing is written in these tests. */
    @SuppressWarnings("unchecked")
    private static WriteStream<Buffer> noConnection() {
        return (WriteStream<Buffer>) Proxy.newProxyInstance(
                SubscriptionIndexTest.class.getClassLoader(),
                new Class<?>[] {WriteStream.class},
                (proxy, method, arguments) -> {
                    throw new IllegalStateException("%s was called".formatted(method));
                });
    }
}
