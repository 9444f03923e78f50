package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.MultiEmitter;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorFilter;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.LabeledSensors.Watch;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which reads of sensors run, by the streams that wait for them. */
class LabeledSensorsTest {

    private static final Map<String, String> LABELS = Map.of("floor", "2");
    private static final SensorId ID = new SensorId("boiler-7");

    private final List<MultiEmitter<? super Sensor>> reads = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final Shreddings shreddings = new Shreddings(Clock.systemUTC());
    private final LabeledSensors labeled = new LabeledSensors(this::read, shreddings);

    private Multi<Sensor> read(SensorFilter filter) {
        return Multi.createFrom()
                .<Sensor>emitter(reads::add, BackPressureStrategy.BUFFER)
                .onCancellation()
                .invoke(() -> events.add("cancelled"));
    }

    private Cancellable await(Watch watch) {
        return watch.ready().subscribe().with(done -> events.add("ready"), failure -> events.add("failed"));
    }

    @Test
    void stopsReadingWhenTheLastStreamLeaves() {
        Watch first = labeled.watch(LABELS);
        Watch second = labeled.watch(LABELS);
        Cancellable waiting = await(first);
        await(second);
        assertThat(reads).hasSize(1);
        waiting.cancel();
        first.release();
        first.release();
        assertThat(events).isEmpty();
        second.release();
        assertThat(events).containsExactly("cancelled");
        assertThat(labeled.isWatching()).isFalse();
    }

    @Test
    void continuesForTheStreamThatStays() {
        Watch first = labeled.watch(LABELS);
        Watch second = labeled.watch(LABELS);
        await(first).cancel();
        await(second);
        first.release();
        reads.get(0).emit(new Sensor(ID, new SensorType("temperature"), Description.NONE));
        reads.get(0).complete();
        assertThat(events).containsExactly("ready");
        assertThat(second.contains(ID)).isTrue();
    }

    @Test
    void readsAgainForAStreamAfterTheLastOne() {
        Watch first = labeled.watch(LABELS);
        await(first).cancel();
        first.release();
        await(labeled.watch(LABELS));
        assertThat(reads).hasSize(2);
        reads.get(1).complete();
        assertThat(events).containsExactly("cancelled", "ready");
    }

    @Test
    void aShreddedSensorHasNoLabels() {
        Watch watch = labeled.watch(LABELS);
        await(watch);
        reads.get(0).emit(new Sensor(ID, new SensorType("temperature"), Description.NONE));
        reads.get(0).complete();
        shreddings.replace(Map.of(new SensorId("boiler-8"), 1L));
        assertThat(watch.contains(ID)).isTrue();
        shreddings.replace(Map.of(ID, 1L));
        assertThat(watch.contains(ID)).isFalse();
    }

    @Test
    void readsAgainAfterAFailure() {
        Watch failing = labeled.watch(LABELS);
        await(failing);
        reads.get(0).fail(UnavailableStore.failure());
        Watch next = labeled.watch(LABELS);
        await(next);
        failing.release();
        reads.get(1).complete();
        assertThat(events).containsExactly("failed", "ready");
        assertThat(labeled.isWatching()).isTrue();
    }
}
