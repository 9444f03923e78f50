package io.telltale.kafka;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.apache.kafka.common.errors.AuthenticationException;

/**
 * Drops what each of Kafka's clients logs, about once a second, while Kafka refuses it: some lines, and a stack trace.
 * {@link TopicAdmin#ping} reports the same in one line. The console has this filter, by its name in
 * {@code application.properties}.
 */
@LoggingFilter(name = "repeated-refusals")
public final class RepeatedRefusals implements Filter {

    private static final String CLIENTS = "org.apache.kafka.";

    @Override
    public boolean isLoggable(LogRecord line) {
        String logger = line.getLoggerName();
        return logger == null
                || !logger.startsWith(CLIENTS)
                || !(line.getThrown() instanceof AuthenticationException || isRefusal(line.getMessage()));
    }

    /** A broker that refuses a client also disconnects it. */
    private static boolean isRefusal(String message) {
        return message != null
                && (message.contains("failed authentication due to")
                        || (message.contains("Bootstrap broker") && message.endsWith("disconnected")));
    }
}
