package io.telltale;

import org.junit.platform.suite.api.ExcludePackages;
import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** All that is not in {@link WritingSuite}, so that no test is forgotten. */
@Suite
@SelectPackages("io.telltale")
@ExcludePackages({"io.telltale.ingest", "io.telltale.store"})
@IncludeClassNamePatterns(".*Test")
class ReadingSuite {}
