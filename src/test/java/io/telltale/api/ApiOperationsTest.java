package io.telltale.api;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;

/** The operations of the API document. {@code PackagedOperationsIT} repeats them on the packaged service. */
@Tag("servers")
@QuarkusTest
@WithTestResource(LocalStackResource.class)
class ApiOperationsTest extends ApiOperations {}
