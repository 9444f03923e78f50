package io.telltale.ingest;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;

/** Some mutations of each example; {@link ManyMutatedRecordsTest} has more. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class MutatedRecordsTest extends MutatedRecords {

    @Override
    int recordsPerExample() {
        return 60;
    }

    @Override
    int requestsPerExample() {
        return 25;
    }

    @Override
    int updates() {
        return 100;
    }
}
