package io.telltale.ingest.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import io.telltale.kafka.Topic;
import io.telltale.kafka.TopicAdmin;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class CachedTopicMetadataTest {

    private static final Topic FIRST = new Topic("sensors.temperature", new Uuid(1, 1), 1);
    private static final Topic NEXT = new Topic("sensors.temperature", new Uuid(2, 2), 1);
    private static final List<TopicPartition> PARTITION = List.of(new TopicPartition(FIRST.name(), 0));

    private final PendingAdmin admin = new PendingAdmin();
    private final CachedTopicMetadata topics = new CachedTopicMetadata(admin, CachedTopicMetadataTest::epoch);

    /** The first two have epochs, others get one if they exist. */
    private static Uni<Optional<Integer>> epoch(String topic, String id, Uni<Boolean> exists) {
        if (id.equals(FIRST.id().toString())) {
            return Uni.createFrom().item(Optional.of(1));
        }
        return id.equals(NEXT.id().toString())
                ? Uni.createFrom().item(Optional.of(2))
                : exists.map(isThere -> isThere ? Optional.of(3) : Optional.empty());
    }

    /** Answers a request for descriptions when the test does. */
    private static final class PendingAdmin extends TopicAdmin {
        private final Queue<CompletableFuture<Map<String, Topic>>> requests = new ArrayDeque<>();

        PendingAdmin() {
            super((Admin) Proxy.newProxyInstance(
                    CachedTopicMetadataTest.class.getClassLoader(),
                    new Class<?>[] {Admin.class},
                    (proxy, method, a) -> {
                        throw new AssertionError(method);
                    }));
        }

        @Override
        public Uni<Map<String, Topic>> describe(Collection<String> names) {
            CompletableFuture<Map<String, Topic>> request = new CompletableFuture<>();
            requests.add(request);
            return Uni.createFrom().completionStage(request);
        }

        @Override
        public Uni<TimestampType> timestampType(String topic) {
            return Uni.createFrom().item(TimestampType.LOG_APPEND_TIME);
        }

        void answer(Topic... found) {
            requests.remove().complete(found.length == 0 ? Map.of() : Map.of(found[0].name(), found[0]));
        }
    }

    private AtomicReference<Map<String, TopicIncarnation>> request() {
        AtomicReference<Map<String, TopicIncarnation>> answer = new AtomicReference<>(Map.of());
        topics.of(PARTITION).subscribe().with(answer::set, failure -> {
            throw new AssertionError(failure);
        });
        return answer;
    }

    private void assertIsRequestedAgain() {
        var again = request();
        admin.answer(NEXT);

        assertThat(again.get())
                .containsEntry(
                        FIRST.name(),
                        new TopicIncarnation(NEXT.type(), NEXT.id().toString(), 2));
    }

    @Test
    void requestsACachedTopicOnce() {
        var first = request();
        admin.answer(FIRST);
        var second = request();

        assertThat(first.get()).containsKey(FIRST.name());
        assertThat(second.get()).isEqualTo(first.get());
        assertThat(admin.requests).isEmpty();
    }

    @Test
    void requestsAForgottenTopicAgain() {
        request();
        admin.answer(FIRST);
        topics.forget(FIRST.name());
        assertIsRequestedAgain();
    }

    @Test
    void requestsAMissingTopicAgain() {
        var missing = request();
        admin.answer();

        assertThat(missing.get()).isEmpty();
        request();
        assertThat(admin.requests).hasSize(1);
    }

    /** An answer may name the deleted topic if the eviction came while it was on its way. */
    @Test
    void cachesNoAnswerFromBeforeAnEviction() {
        request();
        topics.forget(FIRST.name());
        admin.answer(FIRST);
        assertIsRequestedAgain();
    }

    @Test
    void leavesOutATopicThatIsReplacedBeforeItHasAnEpoch() {
        Topic replaced = new Topic(FIRST.name(), new Uuid(3, 3), 1);
        var answer = request();
        admin.answer(replaced);
        admin.answer(NEXT);

        assertThat(answer.get()).isEmpty();
        assertThat(admin.requests).isEmpty();
    }
}
