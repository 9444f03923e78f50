package io.telltale;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.telltale.local.LocalStackResource;

/** The same on the packaged application, as it runs in production. */
@QuarkusIntegrationTest
@WithTestResource(LocalStackResource.class)
class PackagedFirstReadingIT extends FirstReadingTest {}
