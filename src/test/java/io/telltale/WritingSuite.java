package io.telltale;

import org.junit.platform.suite.api.IncludeClassNamePatterns;
import org.junit.platform.suite.api.SelectPackages;
import org.junit.platform.suite.api.Suite;

/**
 * What Surefire gives to one of its two JVMs; {@link ReadingSuite} is for the other. Given class by class, Quarkus would start
 * the service anew for each of them (quarkusio/quarkus#43979): within a suite, classes of one profile share it.
 */
@Suite
@SelectPackages({"io.telltale.ingest", "io.telltale.store"})
@IncludeClassNamePatterns(".*Test")
class WritingSuite {}
