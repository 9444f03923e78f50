package io.telltale.post;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a POST waits.
 *
 * @param memory for its share of the memory budget
 * @param idle for the next bytes of the body
 * @param body for the whole body, from the first read; null for no limit
 * @param kafka for progress: a created topic, an acknowledged batch
 */
record PostTimeouts(
        Duration memory, Duration idle, @Nullable Duration body, Duration kafka) {}
