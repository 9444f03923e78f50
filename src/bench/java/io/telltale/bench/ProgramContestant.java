package io.telltale.bench;

import io.telltale.local.ProgramProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A peer that says {@code stored <readings> <requests>} on standard output whenever that changed. */
final class ProgramContestant implements Contestant {

    private static final Pattern STORED = Pattern.compile("stored (\\d+) (\\d+)\n");
    private static final int END_OF_LOG_BYTES = 4_096;

    private final Peer peer;
    private final Path log;
    private final Supplier<Program> launch;
    private @Nullable Program program;
    private Written last = Written.NOTHING;

    /** A running process, and how it is ended. */
    record Program(LongSupplier pid, BooleanSupplier isAlive, Runnable end) {
        static Program of(ProgramProcess process) {
            return new Program(process::pid, process::isAlive, process::close);
        }
    }

    /**
     * @param log where its standard output goes
     */
    ProgramContestant(Peer peer, Path log, Supplier<Program> launch) {
        this.peer = peer;
        this.log = log;
        this.launch = launch;
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public void start() {
        program = launch.get();
    }

    @Override
    public long pid() {
        return running().pid().getAsLong();
    }

    @Override
    public Written written() {
        if (!running().isAlive().getAsBoolean()) {
            throw new BenchException("%s has ended; its log is %s".formatted(peer.label(), log));
        }
        Matcher matcher = STORED.matcher(endOfLog());
        while (matcher.find()) {
            last = new Written(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
        }
        return last;
    }

    @Override
    public void close() {
        if (program != null) {
            program.end().run();
        }
    }

    private Program running() {
        if (program == null) {
            throw new IllegalStateException(peer.label() + " was not started");
        }
        return program;
    }

    private String endOfLog() {
        if (!Files.exists(log)) {
            return "";
        }
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(0, file.length() - END_OF_LOG_BYTES);
            byte[] end = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(end);
            return new String(end, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BenchException("could not read " + log, e);
        }
    }
}
