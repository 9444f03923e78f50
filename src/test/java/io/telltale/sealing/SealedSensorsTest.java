package io.telltale.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealedSensorsTest {

    @Test
    void matchesTypesSitesAndSensors() {
        SealedSensors sealed =
                SealedSensors.parse("type:health, site:clinic-*,site:ward 7,sensor:urn:dev:1,sensor:door-*,type:lab-*");
        assertThat(sealed.hasType(new SensorType("health"))).isTrue();
        assertThat(sealed.hasType(new SensorType("healthy"))).isFalse();
        assertThat(sealed.hasType(new SensorType("lab-air"))).isTrue();
        assertThat(sealed.hasSites()).isTrue();
        assertThat(sealed.hasSite("clinic-1")).isTrue();
        assertThat(sealed.hasSite("ward 7")).isTrue();
        assertThat(sealed.hasSite("ward 77")).isFalse();
        assertThat(sealed.hasSite(null)).isFalse();
        assertThat(sealed.hasSensor(new SensorId("urn:dev:1"))).isTrue();
        assertThat(sealed.hasSensor(new SensorId("door-9"))).isTrue();
        assertThat(sealed.hasSensor(new SensorId("clinic-1"))).isFalse();
        assertThat(sealed.isEmpty()).isFalse();
    }

    @Test
    void nothingIsSealedByDefault() {
        SealedSensors sealed = SealedSensors.parse(" ");
        assertThat(sealed.isEmpty()).isTrue();
        assertThat(sealed.hasSites()).isFalse();
        assertThat(sealed.hasType(new SensorType("health"))).isFalse();
        assertThat(SealedSensors.parse("type:*").hasType(new SensorType("health")))
                .isTrue();
        assertThat(SealedSensors.parse("site:plant *").hasSite("plant 1")).isTrue();
    }

    /** A typo must not leave values unsealed. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "health",
                "types:health",
                "type:",
                "type:Health",
                "type:he*th",
                "sensor:-a",
                "sensor:a b",
                "site: ,type:a",
                "type:a,",
                ",type:a",
                "type:a;type:b",
                "sensor:a**"
            })
    void namesAnEntryThatMatchesNoSensor(String setting) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SealedSensors.parse(setting))
                .withMessageMatching("telltale.security.sealed has '.*'; expected .*");
    }
}
