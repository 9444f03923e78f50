package io.telltale.packing;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.telltale.local.LocalStackResource;
import io.telltale.sensors.SensorType;
import io.telltale.store.FreshMinute;
import io.telltale.store.MergingAccess;
import io.telltale.store.MergingTables;
import io.telltale.store.MinuteState;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Marks and leases of minutes in Cassandra. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MergingTablesTest {

    private final SensorType type = MergingAccess.typeWithSegments("marked");
    private final MergingTables tables = MergingAccess.tables();
    private final long start = Clock.systemUTC().millis() - 3_600_000;

    @Test
    void forgetsOnlyWhatWasNotMarkedAgain() {
        FreshMinute minute = MergingAccess.minute(type, start);
        await(tables.mark(minute, new ContentDigest().bytes()));
        MinuteState first = await(tables.minutes(type)).get(0);
        await(tables.mark(minute, new ContentDigest().bytes()));
        await(tables.forget(minute, first.mark().orElseThrow()));
        MinuteState second = await(tables.minutes(type)).get(0);
        assertThat(second.mark().orElseThrow().content()).isEqualTo(new ContentDigest().bytes());
        await(tables.forget(minute, second.mark().orElseThrow()));
        assertThat(await(tables.minutes(type))).isEmpty();
    }

    @Test
    void aLeaseIsOfOneReplicaAtATime() {
        FreshMinute minute = MergingAccess.minute(type, start);
        assertThat(await(tables.lease(minute, Duration.ofMinutes(1)))).isTrue();
        assertThat(await(MergingAccess.tables().lease(minute, Duration.ofMinutes(1))))
                .isFalse();
        assertThat(await(tables.lease(minute, Duration.ofMinutes(1)))).isTrue();
    }

    private static <T> T await(Uni<T> result) {
        return result.await().atMost(Duration.ofSeconds(60));
    }
}
