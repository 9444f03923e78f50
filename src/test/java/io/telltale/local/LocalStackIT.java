package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.CqlSession;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("servers")
@Tag("long")
@Tag("endurance")
class LocalStackIT {

    @Test
    void bothServersAnswerAndKeepTheirDataThroughAKill() throws Exception {
        SharedStack stack = SharedStack.get();
        int number = stack.nextNumber();
        String topic = "sensors.kept-" + number;
        String keyspace = "kept_" + number;
        stack.kafka().createTopic(topic, 3, Map.of("message.timestamp.type", "LogAppendTime"));
        try (CqlSession session = stack.cassandra().connect()) {
            session.execute(
                    "CREATE KEYSPACE %s WITH replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"
                            .formatted(keyspace));
        }

        stack.kafka().kill();
        stack.cassandra().kill();
        assertThat(stack.kafka().isAlive()).isFalse();
        assertThat(stack.cassandra().isAlive()).isFalse();
        stack.kafka().start();
        stack.cassandra().start();

        try (Admin admin = stack.kafka().admin();
                CqlSession session = stack.cassandra().connect()) {
            Set<String> topics = admin.listTopics().names().get(30, TimeUnit.SECONDS);
            assertThat(topics).contains(topic);
            assertThat(session.execute("SELECT keyspace_name FROM system_schema.keyspaces")
                            .all())
                    .anyMatch(row -> keyspace.equals(row.getString(0)));
        }
    }
}
