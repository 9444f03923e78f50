package io.telltale;

import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/** See {@link IngestSuite}. */
@Suite
@SelectPackages({"io.telltale.live", "io.telltale.store"})
@IncludeClassNamePatterns(".*Test")
class LiveSuite {}
