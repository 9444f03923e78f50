package io.telltale;

import org.junit.platform.suite.api.ExcludePackages;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.IncludeTags;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** The tests on servers that are not in {@link WritingSuite}, so that none is forgotten. */
@Suite(failIfNoTests = false) // a stage may select no test of it
@SelectPackages("io.telltale")
@ExcludePackages({
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
class ReadingSuite {}
