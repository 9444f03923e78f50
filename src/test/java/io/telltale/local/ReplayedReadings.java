package io.telltale.local;

import io.telltale.simulate.Replay;
import io.telltale.simulate.Speed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.stream.Stream;

/** Recorded measurements, sent with their own timestamps. */
final class ReplayedReadings implements ReadingSource {

    private final Path file;
    private final Speed speed;
    private final Progress progress;
    private final Example example;
    private final Thread sender;

    ReplayedReadings(Path file, Speed speed, Map<String, Object> connection, Progress progress) {
        this.file = file;
        this.speed = speed;
        this.progress = progress;
        this.example = firstOf(file);
        this.sender = new Thread(() -> sendTo(connection), "replay");
    }

    @Override
    public void start() {
        sender.start();
    }

    @Override
    public String describe() {
        String pace = speed.equals(Speed.MAX) ? "as fast as Kafka takes them" : speed.factor() + " times their pace";
        return "measurements from %s, %s".formatted(file.getFileName(), pace);
    }

    @Override
    public Example example() {
        return example;
    }

    @Override
    public void close() {
        // An interrupt ends a replay in order: what was sent is acknowledged and counted.
        sender.interrupt();
        try {
            sender.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendTo(Map<String, Object> connection) {
        try {
            Replay.Counts counts = new Replay(file, speed, Clock.systemUTC()).sendTo(connection, null);
            progress.say(
                    "Replayed %d measurements; Kafka acknowledged %d".formatted(counts.sent(), counts.acknowledged()));
        } catch (IOException | RuntimeException e) {
            progress.say("The replay of %s ended: %s".formatted(file, e.getMessage()));
        }
    }

    /** Only to have something to show: the replay itself checks the file. */
    private static Example firstOf(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            String[] first = lines.skip(1).findFirst().orElse("").split(",", 4);
            if (first.length == 4) {
                return new Example(first[0], first[1], first[2]);
            }
        } catch (IOException e) {
            throw new LocalStackException("could not read " + file, e);
        }
        throw new LocalStackException(
                "-Dreplay=%s: expected CSV with the header sensorId,type,timestamp,value and a measurement"
                        .formatted(file));
    }
}
