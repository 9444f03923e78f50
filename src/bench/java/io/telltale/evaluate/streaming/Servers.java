package io.telltale.evaluate.streaming;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.ServiceSettings;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/** The Kafka and the Cassandra that the replicas of a cell share. */
interface Servers {

    /** The broker decides which record wins, not the clock of the load generator. */
    Map<String, String> TOPIC_SETTINGS = Map.of("message.timestamp.type", "LogAppendTime");

    String bootstrapServers();

    void createTopic(String name, int partitions);

    /** A client of Kafka. The caller closes it. */
    Admin admin();

    /** A client of Cassandra. The caller closes it. */
    CqlSession connect();

    /** A replica of the packaged service on these servers. */
    ServiceSettings service(Path directory);
}
