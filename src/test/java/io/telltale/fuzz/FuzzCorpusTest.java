package io.telltale.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs each fuzz target on its committed inputs, without Jazzer. {@code mvn -Pfuzz} searches for new ones. */
class FuzzCorpusTest {

    private static final int MAX_FILE_BYTES = 4_096;

    @TestFactory
    Stream<DynamicTest> acceptsEveryInputOfTheCorpus() {
        return Stream.of(FuzzTarget.values())
                .map(target -> DynamicTest.dynamicTest(target.targetName(), () -> run(target)));
    }

    private static void run(FuzzTarget target) throws Exception {
        List<Path> inputs = inputs(target);
        assertThat(inputs).as("inputs of " + target.targetName()).hasSizeGreaterThan(3);
        run(target, new byte[0]);
        for (Path input : inputs) {
            byte[] bytes = Files.readAllBytes(input);
            assertThat(bytes).as(input.toString()).hasSizeLessThanOrEqualTo(MAX_FILE_BYTES);
            try {
                run(target, bytes);
            } catch (InvocationTargetException e) {
                throw new AssertionError(input + " breaks an invariant", e.getCause());
            }
        }
    }

    private static void run(FuzzTarget target, byte[] input) throws ReflectiveOperationException {
        target.type().getMethod("fuzzerTestOneInput", byte[].class).invoke(null, (Object) input);
    }

    private static List<Path> inputs(FuzzTarget target) throws IOException {
        try (Stream<Path> files = Files.list(target.corpus())) {
            return files.sorted().toList();
        }
    }
}
