package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfig;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DriverSettingsTest {

    private static final StoreSettings SETTINGS = StoreSettings.in("telltale");

    @AfterEach
    void clear() {
        new DriverSettings(SETTINGS).properties().keySet().forEach(System::clearProperty);
    }

    @Test
    void theDriverReadsThemBeforeItsFile() {
        DriverConfig config = applied(SETTINGS.withFailoverNodes(2).withSpeculativeReadDelay(Duration.ofMillis(250)));

        assertThat(config.getDefaultProfile()
                        .getInt(DefaultDriverOption.LOAD_BALANCING_DC_FAILOVER_MAX_NODES_PER_REMOTE_DC))
                .isEqualTo(2);
        assertThat(config.getDefaultProfile()
                        .getBoolean(DefaultDriverOption.LOAD_BALANCING_DC_FAILOVER_ALLOW_FOR_LOCAL_CONSISTENCY_LEVELS))
                .isTrue();
        assertThat(policy(config, "read")).isEqualTo("ConstantSpeculativeExecutionPolicy");
        assertThat(config.getProfile("read").getDuration(DefaultDriverOption.SPECULATIVE_EXECUTION_DELAY))
                .isEqualTo(Duration.ofMillis(250));
        assertThat(config.getProfile("read").getInt(DefaultDriverOption.SPECULATIVE_EXECUTION_MAX))
                .isEqualTo(2);
        assertThat(config.getProfile("read").getDuration(DefaultDriverOption.REQUEST_TIMEOUT))
                .as("still from the file")
                .isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void onlyReadsAreSpeculative() {
        DriverConfig config = applied(SETTINGS.withSpeculativeReadDelay(Duration.ofMillis(250)));
        for (String profile : Set.of("write", "registry", "schema")) {
            assertThat(policy(config, profile)).as(profile).isEqualTo("NoSpeculativeExecutionPolicy");
        }
    }

    @Test
    void zeroTurnsThemOffAlsoAfterAnotherStart() {
        applied(SETTINGS.withFailoverNodes(2).withSpeculativeReadDelay(Duration.ofMillis(250)));
        DriverConfig config = applied(SETTINGS);

        assertThat(config.getDefaultProfile()
                        .getInt(DefaultDriverOption.LOAD_BALANCING_DC_FAILOVER_MAX_NODES_PER_REMOTE_DC))
                .isZero();
        assertThat(policy(config, "read")).isEqualTo("NoSpeculativeExecutionPolicy");
    }

    @Test
    void namesASettingOutsideItsBounds() {
        assertThatThrownBy(() -> new DriverSettings(SETTINGS.withFailoverNodes(-1)))
                .hasMessage("telltale.storage.failover-nodes is -1; expected a whole number from 0 to 100");
        assertThatThrownBy(() -> new DriverSettings(SETTINGS.withSpeculativeReadDelay(Duration.ofMillis(99))))
                .hasMessage("telltale.storage.speculative-read-delay is PT0.099S; expected 0 for none, or a duration"
                        + " from PT0.1S to PT10S");
        assertThatThrownBy(() -> new DriverSettings(SETTINGS.withSpeculativeReadDelay(Duration.ofSeconds(11))))
                .hasMessageStartingWith("telltale.storage.speculative-read-delay is PT11S; expected");
        assertThatThrownBy(() -> new DriverSettings(SETTINGS.withSpeculativeReadDelay(Duration.ofSeconds(-1))))
                .hasMessageStartingWith("telltale.storage.speculative-read-delay is PT-1S; expected");
    }

    /** The extension's loader differs only in that it reads no other configuration of the driver. */
    private static DriverConfig applied(StoreSettings settings) {
        new DriverSettings(settings).apply();
        return DriverConfigLoader.programmaticBuilder(DriverSettingsTest.class.getClassLoader())
                .build()
                .getInitialConfig();
    }

    private static String policy(DriverConfig config, String profile) {
        return config.getProfile(profile).getString(DefaultDriverOption.SPECULATIVE_EXECUTION_POLICY_CLASS);
    }
}
