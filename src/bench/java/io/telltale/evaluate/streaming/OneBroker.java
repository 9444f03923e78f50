package io.telltale.evaluate.streaming;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.local.LocalStack;
import io.telltale.local.ServiceSettings;
import java.nio.file.Path;
import org.apache.kafka.clients.admin.Admin;

/** One broker and one node. */
record OneBroker(LocalStack stack) implements Servers {

    @Override
    public String bootstrapServers() {
        return stack.kafka().bootstrapServers();
    }

    @Override
    public void createTopic(String name, int partitions) {
        stack.kafka().createTopic(name, partitions, TOPIC_SETTINGS);
    }

    @Override
    public Admin admin() {
        return stack.kafka().admin();
    }

    @Override
    public CqlSession connect() {
        return stack.cassandra().connect();
    }

    @Override
    public ServiceSettings service(Path directory) {
        return ServiceSettings.packaged(stack.kafka(), stack.cassandra(), directory);
    }
}
