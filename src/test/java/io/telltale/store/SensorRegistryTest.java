package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.api.Consistency;
import io.telltale.local.LocalStackResource;
import io.telltale.local.SharedStack;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(LocalStackResource.class)
class SensorRegistryTest {

    private static final SensorType ONE = new SensorType("registry-one");
    private static final SensorType OTHER = new SensorType("registry-other");

    @Inject
    Database database;

    @Inject
    StoreConfig config;

    private SensorRegistry here;
    private SensorRegistry there;

    /** Two registries on one cluster are two replicas: each remembers what it has seen itself. */
    @BeforeEach
    void twoReplicas() {
        await(database.whenReady());
        here = new SensorRegistry(database, config);
        there = new SensorRegistry(database, config);
    }

    @Test
    void ofTwoTypesThatClaimANewSensorAtOnceOneWinsEverywhere() {
        for (int i = 0; i < 20; i++) {
            SensorId id = anId();
            List<Sensor> answers = await(Uni.join()
                    .all(
                            here.register(id, ONE, Description.NONE, 100),
                            there.register(id, OTHER, Description.NONE, 100))
                    .andFailFast());
            SensorType winner = answers.get(0).type();
            assertThat(winner).isIn(ONE, OTHER);
            assertThat(answers).extracting(Sensor::type).containsExactly(winner, winner);
            assertThat(read(id).type()).isEqualTo(winner);
            assertThat(await(here.register(id, OTHER, Description.NONE, 1)).type())
                    .isEqualTo(winner);
        }
    }

    @Test
    void aSensorIsAsItsLatestRecordSaysWhateverOrderTheyCameIn() {
        SensorId inOrder = anId();
        await(here.register(inOrder, ONE, new Description("Cel", "berlin-1"), 100));
        await(here.register(inOrder, ONE, new Description(null, "berlin-2"), 200));
        assertThat(read(inOrder).description()).isEqualTo(new Description("Cel", "berlin-2"));

        SensorId outOfOrder = anId();
        await(here.register(outOfOrder, ONE, new Description(null, "berlin-2"), 200));
        await(there.register(outOfOrder, ONE, new Description(null, "berlin-1"), 100));
        assertThat(read(outOfOrder).description()).isEqualTo(new Description(null, "berlin-2"));
    }

    @Test
    void whatARefusedTypeSaysIsNotNoted() {
        SensorId id = anId();
        await(here.register(id, ONE, new Description("Cel", "berlin-1"), 100));
        assertThat(await(there.register(id, OTHER, new Description("hPa", "oslo-1"), 200))
                        .type())
                .isEqualTo(ONE);
        assertThat(read(id)).isEqualTo(new Sensor(id, ONE, new Description("Cel", "berlin-1")));
    }

    @Test
    void aSensorIsRememberedUntilSomethingNewIsSaidOfIt() {
        SensorId id = anId();
        Description said = new Description("Cel", "berlin-1");
        assertThat(here.remembered(id, said, 100)).isNull();
        await(here.register(id, ONE, said, 100));
        assertThat(here.remembered(id, said, 200)).isNotNull();
        assertThat(here.remembered(id, Description.NONE, 200)).isNotNull();
        assertThat(here.remembered(id, new Description("Cel", "berlin-2"), 200)).isNull();
        assertThat(here.remembered(id, new Description("Cel", "berlin-2"), 50))
                .as("an older record is no news")
                .isNotNull();
    }

    @Test
    void pagesAreFullExceptTheLastAndHoldEachSensorOnce() {
        int number = SharedStack.get().nextNumber();
        SensorType type = new SensorType("registry-pages-" + number);
        String site = "site-" + number;
        Set<String> all = new TreeSet<>();
        Set<String> onSite = new TreeSet<>();
        for (int i = 0; i < 45; i++) {
            SensorId id = anId();
            boolean isOnSite = i % 3 == 0;
            await(here.register(id, type, isOnSite ? new Description(null, site) : Description.NONE, 100));
            all.add(id.value());
            if (isOnSite) {
                onSite.add(id.value());
            }
        }
        assertThat(pages(type, null, 10)).containsExactlyInAnyOrderElementsOf(all);
        assertThat(pages(type, null, 45)).containsExactlyInAnyOrderElementsOf(all);
        assertThat(pages(null, site, 4)).containsExactlyInAnyOrderElementsOf(onSite);
        assertThat(pages(type, site, 4)).containsExactlyInAnyOrderElementsOf(onSite);
        assertThat(pages(ONE, site, 4)).isEmpty();
        assertThat(pages(null, null, 7)).containsAll(all).doesNotHaveDuplicates();
    }

    @Test
    void aSensorThatMovedIsListedUnderItsNewSiteOnly() {
        int number = SharedStack.get().nextNumber();
        SensorId id = anId();
        await(here.register(id, ONE, new Description(null, "old-" + number), 100));
        await(here.register(id, ONE, new Description(null, "new-" + number), 200));
        assertThat(pages(null, "old-" + number, 10)).isEmpty();
        assertThat(pages(null, "new-" + number, 10)).containsExactly(id.value());
    }

    private List<String> pages(@Nullable SensorType type, @Nullable String site, int limit) {
        List<String> ids = new ArrayList<>();
        SensorId after = null;
        while (true) {
            List<Sensor> page = await(there.page(type, site, after, limit, Consistency.DEFAULT));
            page.forEach(sensor -> ids.add(sensor.id().value()));
            if (page.size() < limit) {
                return ids;
            }
            after = page.get(limit - 1).id();
        }
    }

    private Sensor read(SensorId id) {
        return await(there.read(id, Consistency.DEFAULT)).orElseThrow();
    }

    private static SensorId anId() {
        return new SensorId("registry-%03d".formatted(SharedStack.get().nextNumber()));
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(Duration.ofSeconds(30));
    }
}
