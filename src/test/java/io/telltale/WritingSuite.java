package io.telltale;

import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludePackages;
import org.junit.platform.suite.api.IncludeTags;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/**
 * Half of the tests on servers: what Surefire gives to one of its two JVMs. {@link ReadingSuite} is for the other.
 * Given class by class, Quarkus would start the service again for each of them (quarkusio/quarkus#43979): within a
 * suite, classes of one profile share it.
 */
@Suite(failIfNoTests = false) // a stage may select no test of it
@SelectPackages("io.telltale")
@IncludePackages({
    "io.telltale.health",
    "io.telltale.ingest",
    "io.telltale.kafka",
    "io.telltale.letters",
    "io.telltale.packing",
    "io.telltale.security",
    "io.telltale.store"
})
@IncludeTags("servers")
@IncludeClassNamePatterns(".*Test")
class WritingSuite {}
