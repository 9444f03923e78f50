package io.telltale.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.sensors.Reading;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.sensors.Value;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SubscriptionIndexTest {

    private static final SensorType BOILERS = new SensorType("boilers");
    private static final SensorType DOORS = new SensorType("doors");
    private static final SensorId BOILER = new SensorId("boiler-7");

    private final SubscriptionIndex subscriptions = new SubscriptionIndex();
    private final Subscriber all = watching(Set.of(), null, null);
    private final Subscriber boilers = watching(Set.of(), BOILERS, null);
    private final Subscriber doors = watching(Set.of(), DOORS, null);
    private final Subscriber plant = watching(Set.of(), null, "plant");
    private final Subscriber boilersOfThePlant = watching(Set.of(), BOILERS, "plant");
    private final Subscriber doorsOfThePlant = watching(Set.of(), DOORS, "plant");
    private final Subscriber boiler = watching(Set.of(BOILER, new SensorId("other")), null, null);
    private final Subscriber boilerInTheYard = watching(Set.of(BOILER), null, "yard");

    @Test
    void aReadingIsForThoseWhoseFiltersAllHold() {
        assertThat(matches(BOILERS, "plant")).containsExactlyInAnyOrder(all, boilers, plant, boilersOfThePlant, boiler);
        assertThat(matches(BOILERS, "yard")).containsExactlyInAnyOrder(all, boilers, boiler, boilerInTheYard);
        assertThat(matches(DOORS, null)).containsExactlyInAnyOrder(all, doors, boiler);
    }

    @Test
    void whoHasLeftIsForNothing() {
        for (Subscriber subscriber : List.copyOf(subscriptions.all())) {
            assertThat(subscriptions.remove(subscriber)).isTrue();
            assertThat(subscriptions.remove(subscriber)).isFalse();
        }
        assertThat(matches(BOILERS, "plant")).isEmpty();
        assertThat(subscriptions.mayMatch(BOILERS, BOILER)).isFalse();
    }

    @Test
    void aRecordIsDecodedOnlyIfItsKeyMayBeWanted() {
        List.of(all, plant, boilersOfThePlant, doorsOfThePlant, boilerInTheYard).forEach(subscriptions::remove);
        assertThat(subscriptions.mayMatch(BOILERS, new SensorId("any"))).isTrue();
        assertThat(subscriptions.mayMatch(new SensorType("cars"), BOILER)).isTrue();
        assertThat(subscriptions.mayMatch(new SensorType("cars"), new SensorId("any")))
                .isFalse();
        assertThat(subscriptions.mayMatch(new SensorType("cars"), null)).isTrue();
    }

    private List<Subscriber> matches(SensorType type, @Nullable String site) {
        List<Subscriber> given = new ArrayList<>();
        subscriptions.forEach(new Reading(BOILER, type, 0, new Value.Numeric(1)), site, given::add);
        return given;
    }

    private Subscriber watching(Set<SensorId> sensors, @Nullable SensorType type, @Nullable String site) {
        Subscriber subscriber = new Subscriber(
                Subscription.of(new SubscriptionFilter(sensors, type, site), Set.of()),
                new Subscriber.DeliveryPolicy(Mode.EVERY, 16, 2),
                new Subscriber.Connection(Runnable::run, noConnection(), () -> {}, () -> {}),
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
