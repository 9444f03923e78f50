package io.telltale.evaluate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One measurement under fixed settings and faults. Its result is {@code results/<name>.json}.
 *
 * @param name unique in all chapters; lower-case words joined by hyphens, the first of them the chapter
 * @param isQuick whether it is part of the quick form
 * @param settings what is fixed; a stored result with other settings is not reused
 * @param faults what is injected; empty for none
 * @param promisesSafety whether a failed check fails the run
 * @param estimate how long it takes, for the time left
 * @param obstacle why it cannot run here, if so
 */
public record Cell(
        String name,
        boolean isQuick,
        Map<String, Object> settings,
        List<String> faults,
        boolean promisesSafety,
        Duration estimate,
        Supplier<Optional<String>> obstacle,
        Environment<?> environment,
        Work<AutoCloseable> work) {

    private static final Duration USUAL = Duration.ofSeconds(20);

    /** Measures, on servers that are running. */
    public interface Work<E> {
        Measured run(E servers, CellRun run) throws Exception;
    }

    public Cell {
        settings = new LinkedHashMap<>(settings);
        faults = List.copyOf(faults);
    }

    /** A cell of the full form, without settings, faults and promises. */
    public static <E extends AutoCloseable> Cell on(Environment<E> environment, String name, Work<E> work) {
        return new Cell(
                name,
                false,
                Map.of(),
                List.of(),
                false,
                USUAL,
                Optional::empty,
                environment,
                (servers, run) -> work.run(environment.type().cast(servers), run));
    }

    /** The same in the quick form, if the condition holds. */
    public Cell quickIf(boolean condition) {
        return new Cell(name, condition, settings, faults, promisesSafety, estimate, obstacle, environment, work);
    }

    /** The same with one setting more. */
    public Cell with(String setting, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(settings);
        more.put(setting, value);
        return new Cell(name, isQuick, more, faults, promisesSafety, estimate, obstacle, environment, work);
    }

    /** The same with one fault more. */
    public Cell withFault(String fault) {
        List<String> more = new ArrayList<>(faults);
        more.add(fault);
        return new Cell(name, isQuick, settings, more, promisesSafety, estimate, obstacle, environment, work);
    }

    /** The same; a failed check fails the run, if the condition holds. */
    public Cell promisesSafetyIf(boolean condition) {
        return new Cell(name, isQuick, settings, faults, condition, estimate, obstacle, environment, work);
    }

    public Cell lasting(Duration duration) {
        return new Cell(name, isQuick, settings, faults, promisesSafety, duration, obstacle, environment, work);
    }

    /** The same; it is reported as skipped where {@code reason} has a value. */
    public Cell unless(Supplier<Optional<String>> reason) {
        return new Cell(name, isQuick, settings, faults, promisesSafety, estimate, reason, environment, work);
    }
}
