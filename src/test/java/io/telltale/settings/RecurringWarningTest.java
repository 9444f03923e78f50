package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecurringWarningTest {

    private static final String NAME = RecurringWarningTest.class.getName();
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong nanos = new AtomicLong(-5 * SECOND);
    private final List<String> said = new ArrayList<>();
    private final java.util.logging.Logger logger = java.util.logging.Logger.getLogger(NAME);
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord line) {
            said.add(line.getMessage());
        }

        @Override
        public void flush() {
            // There is nothing to flush.
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    };
    private final RecurringWarning warning =
            new RecurringWarning(Logger.getLogger(NAME), Logger.Level.WARN, nanos::get);

    @BeforeEach
    void listen() {
        logger.addHandler(listener);
    }

    @AfterEach
    void listenNoMore() {
        logger.removeHandler(listener);
    }

    @Test
    void theFirstIsSaidAtOnceAndOfTheNextTenSecondsOnlyHowManyThereWere() {
        warning.say("one is gone");
        for (int i = 0; i < 1_000; i++) {
            warning.say("another is gone");
        }
        nanos.addAndGet(10 * SECOND - 1);
        warning.say("another is gone");
        assertThat(said).containsExactly("one is gone");

        nanos.addAndGet(1);
        warning.say("the last is gone");
        assertThat(said)
                .containsExactly("one is gone", "the last is gone (and 1001 times more since this was said last)");

        nanos.addAndGet(60 * SECOND);
        warning.say("gone");
        assertThat(said).hasSize(3).endsWith("gone");
    }
}
