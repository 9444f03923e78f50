package io.telltale.delivery;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Holds what kustomize rendered against types, schemas and rules: each argument is a file with all manifests of an
 * overlay. Exits with 1 if one of them is not as it should be.
 */
public final class ManifestProgram {

    private static final Path SCHEMAS = Path.of("target", "strimzi-schemas");
    private static final String CONSUMER_GROUP = "telltale";

    private ManifestProgram() {}

    public static void main(String[] files) {
        Optional<StrimziSchemas> schemas =
                StrimziSchemas.javaForTheGenerator().map(java -> StrimziSchemas.generate(java, SCHEMAS));
        if (schemas.isEmpty()) {
            System.out.println("no Java 21 or newer is here: Strimzi's kinds are not held against their schemas");
        }
        boolean isAllWell = files.length > 0;
        for (String file : files) {
            Manifests manifests = Manifests.in(List.of(Path.of(file)));
            List<String> problems = problems(manifests, schemas);
            isAllWell &= problems.isEmpty() && !manifests.all().isEmpty();
            System.out.printf(
                    "%s: %d manifests, %d problems%n", file, manifests.all().size(), problems.size());
            problems.forEach(problem -> System.out.println("  " + problem));
        }
        System.exit(isAllWell ? 0 : 1);
    }

    /** All there is to say against manifests that are applied together. */
    static List<String> problems(Manifests manifests, Optional<StrimziSchemas> schemas) {
        List<String> problems = new ArrayList<>(TypedModels.problems(manifests));
        problems.addAll(CassandraRules.problems(manifests));
        problems.addAll(TlsRules.problems(manifests));
        problems.addAll(ManifestRules.problems(manifests, CONSUMER_GROUP));
        schemas.ifPresent(known -> problems.addAll(known.problems(manifests)));
        return problems;
    }
}
