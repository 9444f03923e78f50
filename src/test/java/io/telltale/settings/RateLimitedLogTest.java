package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;

class RateLimitedLogTest {

    private static final String NAME = RateLimitedLogTest.class.getName();
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong nanos = new AtomicLong(-5 * SECOND);
    private final RateLimitedLog warning = new RateLimitedLog(Logger.getLogger(NAME), Logger.Level.WARN, nanos::get);

    @Test
    void logsTheFirstEventAndCountsTheNext() {
        try (CapturedLog said = CapturedLog.by(RateLimitedLogTest.class)) {
            warning.say("one is gone");
            for (int i = 0; i < 1_000; i++) {
                warning.say("another is gone");
            }
            nanos.addAndGet(10 * SECOND - 1);
            warning.say("another is gone");
            assertThat(said.lines()).containsExactly("one is gone");

            nanos.addAndGet(1);
            warning.say("the last is gone");
            assertThat(said.lines())
                    .containsExactly("one is gone", "the last is gone (and 1001 more since the last such line)");

            nanos.addAndGet(60 * SECOND);
            warning.say("gone");
            assertThat(said.lines()).hasSize(3).endsWith("gone");
        }
    }
}
