package io.telltale.letters;

import io.smallrye.mutiny.Uni;
import io.telltale.letters.LetterPage.Stop;
import io.telltale.letters.LetterReplay.Result;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Lists and replays letters. Each request reads for itself, since the topic is the only place that holds them. */
@Singleton
class LetterService {

    private static final Logger log = Logger.getLogger(LetterService.class);

    private static final Duration READ_TIME = Duration.ofSeconds(5);

    /** A page stays in memory until its client has read it; the letters of a replay until they are sent. */
    private static final long PAGE_BYTES = 2 << 20;

    private static final long REPLAY_BYTES = 8 << 20;

    private final LetterTopic topic;
    private final LetterThreads threads;
    private final LetterConsumers consumers;
    private final ReplaySender sender;
    private final Clock clock;

    /**
     * The result of a replay.
     *
     * @param result what was sent
     * @param stop why more letters may match; null if none do
     * @param next where the next replay begins; null if no more letters match
     */
    record Replay(
            Result result, @Nullable Stop stop, @Nullable LetterPosition next) {}

    @Inject
    LetterService(
            LetterTopic topic, LetterThreads threads, LetterConsumers consumers, ReplaySender sender, Clock clock) {
        this.topic = topic;
        this.threads = threads;
        this.consumers = consumers;
        this.sender = sender;
        this.clock = clock;
    }

    /** The newest letters. Fails with a Kafka exception if Kafka is unavailable. */
    Uni<LetterPage> list(LetterQuery query) {
        return ranges(query)
                .chain(ranges -> ranges.byPartition().isEmpty()
                        ? Uni.createFrom().item(new LetterPage(List.of(), null, null))
                        : threads.run(isCancelled ->
                                consumers.use(consumer -> page(consumer, ranges, query, PAGE_BYTES, isCancelled))));
    }

    private Uni<LetterRanges> ranges(LetterQuery query) {
        LetterPosition position = query.position();
        return topic.ranges(query.ids().isEmpty() ? query.filter().sinceMillis() : OptionalLong.empty())
                .map(ranges -> position == null ? ranges : ranges.before(position));
    }

    private LetterPage page(
            Consumer<byte[], byte[]> consumer,
            LetterRanges ranges,
            LetterQuery query,
            long bytes,
            BooleanSupplier isCancelled) {
        ReadLimits limits = ReadLimits.of(query.limit(), bytes, READ_TIME, clock, isCancelled);
        return LetterScan.page(consumer, ranges, query.filter(), limits);
    }

    /** Replays letters, oldest first. Fails with a Kafka exception if Kafka is unavailable before anything was sent. */
    Uni<Replay> replay(LetterQuery query) {
        return ranges(query)
                .chain(ranges -> threads.run(
                        isCancelled -> consumers.use(consumer -> query.ids().isEmpty()
                                ? replayPage(consumer, ranges, query, isCancelled)
                                : replayIds(consumer, ranges, query, isCancelled))));
    }

    private Replay replayPage(
            Consumer<byte[], byte[]> consumer, LetterRanges ranges, LetterQuery query, BooleanSupplier isCancelled) {
        LetterPage page = page(consumer, ranges, query, REPLAY_BYTES, isCancelled);
        LetterReplay replay = new LetterReplay(consumer.listTopics());
        List<DeadLetter> oldestFirst = new ArrayList<>(page.letters());
        Collections.reverse(oldestFirst);
        oldestFirst.forEach(replay::add);
        return new Replay(send(replay, isCancelled), page.stop(), page.next());
    }

    private Replay replayIds(
            Consumer<byte[], byte[]> consumer, LetterRanges ranges, LetterQuery query, BooleanSupplier isCancelled) {
        ReadLimits limits = ReadLimits.of(query.limit(), REPLAY_BYTES, READ_TIME, clock, isCancelled);
        LetterLookup.Letters letters = LetterLookup.read(consumer, ranges, query.ids(), limits);
        LetterReplay replay = new LetterReplay(consumer.listTopics());
        Set<LetterId> missing = new HashSet<>(query.ids());
        List<DeadLetter> found = letters.found().stream()
                .sorted(Comparator.comparingLong(letter -> letter.record().timestamp()))
                .toList();
        for (DeadLetter letter : found) {
            missing.remove(letter.id());
            if (query.filter().test(letter.record())) {
                replay.add(letter);
            } else {
                replay.skip(letter.id(), "it does not match the other parameters");
            }
        }
        for (LetterId id : query.ids()) {
            if (missing.contains(id)) {
                replay.skip(
                        id,
                        letters.isCut()
                                ? "it was not read: letters of %d bytes are in this request; replay it in another"
                                        .formatted(REPLAY_BYTES)
                                : "it is not in the dead-letter topic, or no longer");
            }
        }
        return new Replay(send(replay, isCancelled), null, null);
    }

    /** The log has the counts also for a client that disconnects meanwhile. */
    private Result send(LetterReplay replay, BooleanSupplier isCancelled) {
        if (isCancelled.getAsBoolean()) {
            throw new IllegalStateException("the client disconnected before anything was sent");
        }
        Result result = replay.send(sender);
        log.infof(
                "Dead letters replayed: replayed=%d skipped=%d remaining=%d",
                result.replayed(), result.skipped().size(), result.remaining().size());
        return result;
    }
}
