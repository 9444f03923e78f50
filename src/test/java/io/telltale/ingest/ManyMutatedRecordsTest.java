package io.telltale.ingest;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;

/** The same with a thousand mutations of each example. */
@Tag("servers")
@Tag("long")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ManyMutatedRecordsTest extends MutatedRecordsTest {

    private static final int MUTATIONS = 1_000;

    @Override
    int recordsPerExample() {
        return MUTATIONS;
    }

    @Override
    int requestsPerExample() {
        return MUTATIONS;
    }
}
