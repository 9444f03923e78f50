package io.telltale.security;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.telltale.local.LocalStackResource;
import org.junit.jupiter.api.Tag;

/** The matrix in the gate. {@code PackagedMatrixIT} is the same on the packaged service. */
@Tag("servers")
@QuarkusTest
@TestProfile(SecuredService.class)
@WithTestResource(LocalStackResource.class)
class AuthorizationMatrixTest extends AuthorizationMatrix {}
