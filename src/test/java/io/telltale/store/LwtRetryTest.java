package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.metadata.Node;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.WriteType;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class LwtRetryTest {

    private static final Node NODE = StoreUnavailableExceptionTest.node("/192.0.2.1:9042");
    private static final DefaultConsistencyLevel LEVEL = DefaultConsistencyLevel.SERIAL;

    private final Deque<RuntimeException> failures = new ArrayDeque<>();

    @Test
    void aTimeoutIsRetriedAlsoAsTheDatabaseReportsIt() {
        failures.addAll(List.of(timeout(), new StoreUnavailableException(timeout(), LEVEL)));
        assertThat(run()).isTrue();
        assertThat(failures).isEmpty();
    }

    @Test
    void otherFailuresAreNotRetried() {
        failures.addAll(List.of(new StoreUnavailableException("not ready"), timeout()));
        assertThatThrownBy(this::run).hasMessage("not ready");
        assertThat(failures).hasSize(1);
    }

    private boolean run() {
        return LwtRetry.retrying(Uni.createFrom().item(() -> {
                    if (!failures.isEmpty()) {
                        throw failures.remove();
                    }
                    return true;
                }))
                .await()
                .atMost(Duration.ofSeconds(10));
    }

    private static WriteTimeoutException timeout() {
        return new WriteTimeoutException(NODE, LEVEL, 0, 1, WriteType.CAS);
    }
}
