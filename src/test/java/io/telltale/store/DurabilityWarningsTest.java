package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurabilityWarningsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "3 | LOCAL_QUORUM | periodic | none",
                "3 | ALL          | periodic | none",
                "3 | ONE          | periodic | write-consistency=one and reads at local_quorum do not overlap",
                "3 | LOCAL_ONE    | group    | write-consistency=local_one and reads at local_quorum do not overlap",
                "2 | ONE          | group    | none",
                "1 | LOCAL_QUORUM | group    | replication factor 1 (dc1)",
                "1 | LOCAL_QUORUM | periodic | commitlog_sync is periodic"
            })
    void theWarningHasTheSetting(int factor, DefaultConsistencyLevel level, String sync, String expected) {
        List<String> warnings =
                DurabilityWarnings.of("telltale", new Replication(Map.of("dc1", factor), "dc1"), level, sync);
        if (expected == null) {
            assertThat(warnings).isEmpty();
        } else {
            assertThat(warnings).anySatisfy(warning -> assertThat(warning).contains(expected));
        }
    }
}
