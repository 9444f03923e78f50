package io.telltale.settings;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** Captures the log of a class, or of all, until it is closed. */
public final class CapturedLog extends Handler implements AutoCloseable {

    /** The formatted messages, without stack traces. */
    private static final PatternFormatter MESSAGE = new PatternFormatter("%s");

    private final Logger logger;
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    private CapturedLog(Logger logger) {
        this.logger = logger;
    }

    public static CapturedLog by(Class<?> speaker) {
        return of(speaker.getName());
    }

    /** Captures the log of all classes. */
    public static CapturedLog ofEverything() {
        return of("");
    }

    public static CapturedLog ofCategory(String name) {
        return of(name);
    }

    private static CapturedLog of(String name) {
        Logger logger = Logger.getLogger(name);
        CapturedLog said = new CapturedLog(logger);
        logger.addHandler(said);
        return said;
    }

    public List<String> lines() {
        return records.stream().map(MESSAGE::format).toList();
    }

    /** All lines with their stack traces, as text. */
    public String everything() {
        StringWriter text = new StringWriter();
        PrintWriter target = new PrintWriter(text);
        for (LogRecord line : records) {
            target.println(MESSAGE.format(line));
            if (line.getThrown() != null) {
                line.getThrown().printStackTrace(target);
            }
        }
        return text.toString();
    }

    /** The number of lines with a stack trace. */
    public long traces() {
        return records.stream().filter(line -> line.getThrown() != null).count();
    }

    /**
     * The lines of errors, and those with a stack trace, without those of Kafka's clients: they log what they retry.
     */
    public List<String> errors() {
        return records.stream()
                .filter(line -> !line.getLoggerName().startsWith("org.apache.kafka."))
                .filter(line -> line.getThrown() != null || line.getLevel().intValue() >= Level.SEVERE.intValue())
                .map(line -> "%s: %s".formatted(MESSAGE.format(line), line.getThrown()))
                .toList();
    }

    @Override
    public void publish(LogRecord line) {
        records.add(line);
    }

    @Override
    public void flush() {
        // Nothing to flush.
    }

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
