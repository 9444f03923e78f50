package io.telltale.live;

import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import io.telltale.kafka.TopicAdmin;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/** The topics of a {@link KafkaLog}. */
final class LogTopics extends SensorTopics {

    private final KafkaLog log;
    private final Queue<Runnable> whenAsked = new ArrayDeque<>();

    LogTopics(KafkaLog log) {
        super(new TopicAdmin(noAdmin()));
        this.log = log;
    }

    /** Runs a task before the next request is answered; a second task before the one after it. */
    void whenAsked(Runnable task) {
        whenAsked.add(task);
    }

    @Override
    Uni<Map<String, Topic>> find() {
        return Uni.createFrom().item(() -> {
            Runnable task = whenAsked.poll();
            if (task != null) {
                task.run();
            }
            log.requireAnswer();
            return log.topics();
        });
    }

    @Override
    Uni<Map<String, Topic>> find(Collection<String> names) {
        return find().map(found -> {
            Map<String, Topic> wanted = new HashMap<>(found);
            wanted.keySet().retainAll(names);
            return wanted;
        });
    }

    @Override
    Uni<Map<TopicPartition, Long>> endOffsets(Collection<TopicPartition> partitions) {
        return Uni.createFrom().item(() -> {
            log.requireAnswer();
            return partitions.stream().collect(Collectors.toMap(partition -> partition, log::end));
        });
    }

    @Override
    Uni<Map<TopicPartition, Long>> startOffsets(Collection<TopicPartition> partitions) {
        return Uni.createFrom().item(() -> {
            log.requireAnswer();
            return partitions.stream().collect(Collectors.toMap(partition -> partition, log::start));
        });
    }

    private static Admin noAdmin() {
        return (Admin) Proxy.newProxyInstance(
                LogTopics.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
                    throw new IllegalStateException("%s was called".formatted(method));
                });
    }
}
