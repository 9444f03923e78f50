package io.telltale.evaluate.plants;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.bench.Narrator;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.Environment;
import io.telltale.evaluate.Measured;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("servers")
@Tag("long")
@Tag("endurance")
class PlantsIT {

    private static final Map<Environment<?>, AutoCloseable> running = new HashMap<>();

    @AfterAll
    static void end() throws Exception {
        for (AutoCloseable servers : running.values()) {
            servers.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Check.class)
    void eachCheckCatchesItsFault(Check check, @TempDir Path scratch) throws Exception {
        Cell plant = Plants.of(check);
        plant.obstacle().get().ifPresent(reason -> Assumptions.abort(reason));
        Measured measured =
                plant.work().run(servers(plant.environment()), new CellRun(1, false, new Narrator(), scratch));
        assertThat(measured.checks())
                .filteredOn(result -> !result.held())
                .extracting(CheckResult::name)
                .contains(check.label());
    }

    private static AutoCloseable servers(Environment<?> environment) throws Exception {
        AutoCloseable servers = running.get(environment);
        if (servers == null) {
            servers = environment.opener().open();
            running.put(environment, servers);
        }
        return servers;
    }
}
