package io.telltale.kafka;

import io.quarkus.logging.LoggingFilter;
import java.util.Objects;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.AuthenticationException;
import org.jspecify.annotations.Nullable;

/**
 * Drops what each of Kafka's clients, and the messaging extension for each consumer, logs about once a second while
 * Kafka refuses it: some lines, and stack traces. {@link TopicAdmin#ping} reports the same in one line. The console and
 * the file have this filter, by its name in {@code application.properties}.
 */
@LoggingFilter(name = "repeated-refusals")
public final class RepeatedRefusals implements Filter {

    private static final String CLIENTS = "org.apache.kafka.";
    private static final String MESSAGING = "io.smallrye.reactive.messaging.kafka";

    /** The messaging extension will repeat a poll that failed. */
    private static final String POLL_FAILED = "SRMSG18285:";

    @Override
    public boolean isLoggable(LogRecord line) {
        String logger = String.valueOf(line.getLoggerName());
        String message = String.valueOf(line.getMessage());
        if (logger.startsWith(CLIENTS)) {
            return !(line.getThrown() instanceof AuthenticationException || isRefusal(message));
        }
        return !(logger.startsWith(MESSAGING) && message.startsWith(POLL_FAILED) && isRefusal(line.getThrown()));
    }

    private static boolean isRefusal(@Nullable Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .anyMatch(AuthenticationException.class::isInstance);
    }

    /** A broker that refuses a client also disconnects it. */
    private static boolean isRefusal(String message) {
        return message.contains("failed authentication due to")
                || (message.contains("Bootstrap broker") && message.endsWith("disconnected"));
    }
}
