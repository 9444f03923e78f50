package io.telltale.ingest;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;

/** A thousand mutations of each example. */
@Tag("servers")
@Tag("long")
@Tag("endurance")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ManyMutatedRecordsTest extends MutatedRecords {

    @Override
    int recordsPerExample() {
        return 1_000;
    }

    @Override
    int requestsPerExample() {
        return 1_000;
    }

    @Override
    int updates() {
        return 1_000;
    }
}
