package io.telltale.evaluate.plants;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.bench.Narrator;
import io.telltale.evaluate.Cell;
import io.telltale.evaluate.CellRun;
import io.telltale.evaluate.Check;
import io.telltale.evaluate.CheckResult;
import io.telltale.evaluate.Measured;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("servers")
@Tag("long")
class PlantsIT {

    @ParameterizedTest
    @EnumSource(Check.class)
    void eachCheckCatchesItsFault(Check check, @TempDir Path scratch) throws Exception {
        Cell plant = Plants.of(check);
        plant.obstacle().get().ifPresent(reason -> Assumptions.abort(reason));
        AutoCloseable servers = plant.environment().opener().open();
        try {
            Measured measured = plant.work().run(servers, new CellRun(1, false, new Narrator(), scratch));
            assertThat(measured.checks())
                    .filteredOn(result -> !result.held())
                    .extracting(CheckResult::name)
                    .contains(check.label());
        } finally {
            servers.close();
        }
    }
}
