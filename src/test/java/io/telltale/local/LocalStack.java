package io.telltale.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/** A real Kafka and a real Cassandra, as child processes of this JVM. */
public final class LocalStack implements AutoCloseable {

    /** A topic is then created with the record times that the service expects. */
    private static final Map<String, String> CREATING_TOPICS =
            Map.of("auto.create.topics.enable", "true", "log.message.timestamp.type", "LogAppendTime");

    private final StackOptions options;
    private final DirectoryLock lock;
    private final KafkaBroker kafka;
    private final CassandraNode cassandra;
    private final CassandraServer cassandraServer;

    private LocalStack(StackOptions options, DirectoryLock lock, KafkaServer kafka, CassandraServer cassandra) {
        this.options = options;
        this.lock = lock;
        this.kafka = new KafkaBroker(kafka.bootstrapServers(), kafka.connection(), kafka);
        this.cassandra = new CassandraNode(cassandra.contactPoint(), cassandra, options.security());
        this.cassandraServer = cassandra;
    }

    /**
     * Starts both and returns when both answer.
     *
     * @throws LocalStackException if one cannot be had; nothing is left running then
     */
    public static LocalStack start(StackOptions options) {
        // Found missing after a download of a hundred files, Java 17 would be a late surprise.
        JavaSeventeen.inCommonPlaces().home();
        List<Path> kafkaJars = ServerClassPath.kafka().resolve(options.progress());
        List<Path> cassandraJars = ServerClassPath.cassandra().resolve(options.progress());
        LocalStack stack = new LocalStack(
                options,
                DirectoryLock.on(options.directory()),
                new KafkaServer(
                        options.directory().resolve("kafka"),
                        options.memory(),
                        kafkaJars,
                        options.createsTopics() ? CREATING_TOPICS : Map.of(),
                        options.security()),
                new CassandraServer(
                        CassandraPlace.alone(),
                        options.directory().resolve("cassandra"),
                        options.memory(),
                        options.commitLogSync(),
                        cassandraJars,
                        options.security()));
        try {
            stack.startBoth();
            return stack;
        } catch (RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    public KafkaBroker kafka() {
        return kafka;
    }

    public CassandraNode cassandra() {
        return cassandra;
    }

    /** Where Cassandra's tables are: a directory for each keyspace. */
    public Path cassandraData() {
        return cassandraServer.data();
    }

    /** Runs Cassandra's {@code nodetool}, as an operator would, and fails where it fails. */
    public void nodeTool(String... arguments) {
        cassandraServer.nodeTool(arguments);
    }

    /** Where data and logs are. */
    public Path directory() {
        return options.directory();
    }

    /** Ends both. The logs stay, the data only if it is to be kept. */
    @Override
    public void close() {
        if (options.keep()) {
            inParallel(kafka::stop, cassandra::stop);
        } else {
            kafka.kill();
            cassandra.kill();
            Directories.delete(options.directory().resolve("kafka/data"));
            Directories.delete(options.directory().resolve("cassandra/data"));
        }
        lock.close();
    }

    private void startBoth() {
        options.progress().say("Starting Kafka on " + kafka.bootstrapServers());
        options.progress().say("Starting Cassandra on " + cassandra.contactPoint());
        inParallel(
                () -> {
                    kafka.start();
                    options.progress().say("Kafka answers");
                },
                () -> {
                    cassandra.start();
                    StackSecurity security = options.security();
                    if (security != null) {
                        security.createRoles(cassandra);
                    }
                    options.progress().say("Cassandra answers");
                });
    }

    private static void inParallel(Runnable... steps) {
        try {
            CompletableFuture.allOf(Stream.of(steps)
                            .map(step -> CompletableFuture.runAsync(step, LocalStack::inAThreadOfItsOwn))
                            .toArray(CompletableFuture<?>[]::new))
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof LocalStackException failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static void inAThreadOfItsOwn(Runnable step) {
        Thread thread = new Thread(step, "local-stack");
        thread.setDaemon(true);
        thread.start();
    }
}
