package io.telltale.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CountDownLatch;

/**
 * Kafka and Cassandra alone, until it is ended, for a service that somebody else starts beside them: {@code
 * .ci/delivery} runs the image so. The argument is a file; when both answer, their addresses are in it, as an
 * environment of the service.
 */
public final class LocalServers {

    private LocalServers() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        LocalStack stack = LocalStack.start(StackOptions.forTests());
        Runtime.getRuntime().addShutdownHook(new Thread(stack::close, "local-servers-end"));
        Path file = Path.of(arguments[0]);
        // Moved into place whole: somebody waits for it.
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(
                whole,
                ("KAFKA_BOOTSTRAP_SERVERS=%s%nQUARKUS_CASSANDRA_CONTACT_POINTS=%s%nQUARKUS_CASSANDRA_LOCAL_DATACENTER=%s%n"
                                + "TELLTALE_SECURITY_ENABLED=false%n")
                        .formatted(
                                stack.kafka().bootstrapServers(),
                                stack.cassandra().contactPoint(),
                                stack.cassandra().datacenter()),
                StandardCharsets.UTF_8);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        new CountDownLatch(1).await();
    }
}
