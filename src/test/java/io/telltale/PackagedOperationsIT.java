package io.telltale;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.telltale.api.ApiOperations;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;

/**
 * The operations of the API document on the packaged service. The native executable may lack what they reach by
 * reflection. The gate has {@code ApiOperationsTest}.
 */
@Tag("servers")
@Tag("long")
@Tag("native")
@QuarkusIntegrationTest
@WithTestResource(LocalStackResource.class)
class PackagedOperationsIT extends ApiOperations {}
