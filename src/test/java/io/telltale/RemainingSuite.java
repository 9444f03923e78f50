package io.telltale;

import org.junit.platform.suite.api.ExcludePackages;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** All that is neither in {@link IngestSuite} nor in {@link LiveSuite}, so that no test is forgotten. */
@Suite
@SelectPackages("io.telltale")
@ExcludePackages({"io.telltale.ingest", "io.telltale.live", "io.telltale.store"})
@IncludeClassNamePatterns(".*Test")
class RemainingSuite {}
