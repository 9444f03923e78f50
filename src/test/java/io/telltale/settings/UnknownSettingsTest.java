package io.telltale.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnknownSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "telltale.storage.keyspace, false",
        "telltale.ingest.linger,    false",
        "telltale.storage.retention.room-temperature, false",
        "telltale.storag.keyspace,  true",
        "telltale.keyspace,         true",
        "telltale.storage,          true",
        "telltale.Storage.keyspace, true",
        "quarkus.http.port,         false",
        "telltalestorage.keyspace,  false",
    })
    void rejectsASettingWithoutAGroup(String key, boolean unknown) {
        assertThat(UnknownSettings.unknown(List.of(key)).contains(key)).isEqualTo(unknown);
    }
}
