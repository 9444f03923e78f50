/**
 * Planted faults: {@code mvn -Pevaluate -Dplant=<check>}. Each is a reader, a writer or a setting with a known fault,
 * on real servers. A check that reports nothing there is broken.
 */
@NullMarked
package io.telltale.evaluate.plants;

import org.jspecify.annotations.NullMarked;
