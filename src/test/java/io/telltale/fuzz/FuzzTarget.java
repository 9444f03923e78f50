package io.telltale.fuzz;

import io.telltale.api.CursorFuzz;
import io.telltale.api.TimeFuzz;
import io.telltale.live.EventIdFuzz;
import io.telltale.query.ParametersFuzz;
import io.telltale.security.ApiKeyFileFuzz;
import io.telltale.security.ScopeFuzz;
import io.telltale.security.TicketFuzz;
import io.telltale.wire.CloudEventFuzz;
import io.telltale.wire.RecordFuzz;
import io.telltale.wire.SenMlFuzz;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The fuzz targets. A target is a class with {@code public static void fuzzerTestOneInput(byte[])}, as Jazzer expects
 * it; the method throws if the input breaks an invariant.
 */
public enum FuzzTarget {
    RECORD(RecordFuzz.class),
    SENML(SenMlFuzz.class),
    CLOUD_EVENT(CloudEventFuzz.class),
    CURSOR(CursorFuzz.class),
    EVENT_ID(EventIdFuzz.class),
    TIME(TimeFuzz.class),
    PARAMETERS(ParametersFuzz.class),
    API_KEY_FILE(ApiKeyFileFuzz.class),
    SCOPE(ScopeFuzz.class),
    TICKET(TicketFuzz.class);

    private final Class<?> type;

    FuzzTarget(Class<?> type) {
        this.type = type;
    }

    Class<?> type() {
        return type;
    }

    /** The name in {@code -Dtarget=} and of the directory: {@code cloud-event}. */
    String targetName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<FuzzTarget> named(String name) {
        return Arrays.stream(values())
                .filter(target -> target.targetName().equals(name))
                .findFirst();
    }

    /** The committed inputs: seeds, and one for each fault that fuzzing has found. */
    Path corpus() {
        return Path.of("src/test/resources/fuzz").resolve(targetName());
    }
}
