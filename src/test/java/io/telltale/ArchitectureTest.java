package io.telltale;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.ClassesShould;
import io.smallrye.config.ConfigMapping;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.groups.MultiCreateBy;
import io.smallrye.mutiny.groups.MultiFlatten;
import io.smallrye.mutiny.groups.MultiOnCompletion;
import io.smallrye.mutiny.groups.MultiOnItem;
import io.smallrye.mutiny.groups.MultiSelect;
import io.smallrye.mutiny.groups.MultiSkip;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may import which, and what no class may call. docs/ARCHITECTURE.md has the reasons. */
class ArchitectureTest {

    private static final String ROOT = "io.telltale.";
    private static final int MAX_COLLABORATORS = 8;

    /** Each package, and the packages that it may import. */
    private static final Map<String, List<String>> MAY_IMPORT = Map.ofEntries(
            entry("settings"),
            entry("streams"),
            entry("sensors"),
            entry("wire", "sensors"),
            entry("aggregate", "sensors"),
            entry("segment", "sensors"),
            entry("kafka", "sensors", "settings", "streams", "wire"),
            entry("api", "sensors", "settings", "streams"),
            entry("sealing", "sensors", "settings"),
            entry("store", "sensors", "settings", "streams", "segment", "sealing", "api"),
            entry("packing", "sensors", "settings", "segment", "store"),
            entry("ingest", "sensors", "settings", "streams", "wire", "kafka", "store", "api", "ingest.offsets"),
            entry("ingest.offsets", "sensors", "settings", "streams", "kafka", "store"),
            entry("post", "sensors", "settings", "streams", "wire", "kafka", "api"),
            entry("query", "sensors", "settings", "streams", "wire", "aggregate", "kafka", "store", "api"),
            entry("live", "sensors", "settings", "streams", "wire", "kafka", "store", "api"),
            entry("letters", "sensors", "wire", "kafka", "api"),
            entry("page"),
            entry("security", "sensors", "settings", "sealing", "api"),
            entry("health", "kafka", "store", "ingest", "security"),
            entry("status", "sensors", "wire", "kafka", "store", "api", "health", "security"));

    static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages("io.telltale");

    @Test
    void givesAClassAtMostEightCollaborators() {
        List<String> tooMany = new ArrayList<>();
        int constructors = 0;
        for (JavaClass type : MAIN) {
            for (JavaConstructor constructor : type.getConstructors()) {
                if (constructor.isAnnotatedWith(Inject.class)) {
                    constructors++;
                    if (collaborators(constructor) > MAX_COLLABORATORS) {
                        tooMany.add(type.getName());
                    }
                }
            }
        }
        assertThat(constructors).isGreaterThan(50);
        assertThat(tooMany).isEmpty();
    }

    /** A class that is built with {@code new} would hide its collaborators from the rule above. */
    @Test
    void givesAHandBuiltClassAtMostEightCollaborators() {
        List<String> tooMany = new ArrayList<>();
        int constructors = 0;
        for (JavaClass type : MAIN) {
            for (JavaConstructor constructor : type.getConstructors()) {
                boolean isHandBuilt = !constructor.isAnnotatedWith(Inject.class) && !type.isRecord() && !type.isEnum();
                if (isHandBuilt && !constructor.getRawParameterTypes().isEmpty()) {
                    constructors++;
                    long collaborators = constructor.getRawParameterTypes().stream()
                            .mapToLong(ArchitectureTest::components)
                            .sum();
                    if (collaborators > MAX_COLLABORATORS) {
                        tooMany.add("%s has %d".formatted(type.getName(), collaborators));
                    }
                }
            }
        }
        assertThat(constructors).isGreaterThan(150);
        assertThat(tooMany).isEmpty();
    }

    /**
     * The collaborators in a parameter: a record has those of its components, and values have none. Types of the JDK
     * count as values too, because most are data; so executors and suppliers are left out.
     */
    private static long components(JavaClass type) {
        if (type.isRecord()) {
            return type.getFields().stream()
                    .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                    .mapToLong(field -> components(field.getRawType()))
                    .sum();
        }
        boolean isValue = type.isPrimitive()
                || type.isArray()
                || type.isEnum()
                || type.getPackageName().startsWith("java.")
                || type.getSimpleName().endsWith("Config");
        return isValue ? 0 : 1;
    }

    /** Components of ours and of libraries; settings and the clock are values. */
    private static long collaborators(JavaConstructor constructor) {
        return constructor.getRawParameterTypes().stream()
                .filter(type -> !type.getSimpleName().endsWith("Config") && !type.isEquivalentTo(Clock.class))
                .count();
    }

    @Test
    void rulesCoverEveryPackage() throws IOException {
        Set<String> packages = MAIN.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(ROOT))
                .map(name -> name.substring(ROOT.length()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(packages).isEqualTo(new TreeSet<>(MAY_IMPORT.keySet()));
        assertThat(MAIN.size()).as("classes under the rules").isGreaterThan(60);
        assertThat(documentedImports()).as("the table of ARCHITECTURE.md").isEqualTo(new TreeMap<>(MAY_IMPORT));
    }

    /** The rows of the table: {@code | `package` | job | imports, or a dash |}. */
    private static Map<String, List<String>> documentedImports() throws IOException {
        Pattern row = Pattern.compile("(?m)^[|] `([a-z.]+)` [|] [^|]+ [|] ([a-z., ]+|–) [|]$");
        return row.matcher(Files.readString(Path.of("docs/ARCHITECTURE.md")))
                .results()
                .collect(Collectors.toMap(
                        match -> match.group(1),
                        match -> match.group(2).equals("–")
                                ? List.of()
                                : List.of(match.group(2).split(", ")),
                        (first, second) -> {
                            throw new AssertionError("a package occurs twice in the table: " + first + second);
                        },
                        TreeMap::new));
    }

    @Test
    void packagesImportOnlyWhatTheyMay() {
        MAY_IMPORT.forEach((name, others) -> mayImport(name, others).check(MAIN));
    }

    @Test
    void seesAForbiddenImport() {
        assertThatThrownBy(() -> mayImport("query", List.of("sensors")).check(MAIN))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("io.telltale.store");
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.telltale.(**)").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void onlyStoreKnowsCassandra() {
        keptTo("store", "com.datastax..").check(MAIN);
    }

    /** Every endpoint applies the scope of its caller, because {@code SensorLookup} does. */
    @Test
    void onlySensorLookupReadsSensorsForQueries() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "query..")
                .and()
                .doNotHaveSimpleName("SensorLookup")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("io[.]telltale[.]store[.](SensorLists|SensorRegistry)")
                .check(MAIN);
    }

    @Test
    void onlyKafkaUsesTheAdminClient() {
        keptTo("kafka", "org.apache.kafka.clients.admin..").check(MAIN);
    }

    /**
     * Classes that are not API change without notice. Each of these says why it needs them: {@code ChunkedBody} adds a
     * handler to the pipeline of a connection.
     */
    @Test
    void keepsFrameworkInternalsToFourClasses() {
        noClasses()
                .that()
                .haveNameNotMatching(
                        "io[.]telltale[.]api[.](CurrentRequest|MatchingRoutes|HeadRequest|ChunkedBody)([$].*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jboss.resteasy.reactive.server.core..", "io.vertx..impl..")
                .check(MAIN);
    }

    /** {@code kafka} knows the settings and the records of consumers. */
    @Test
    void onlyPackagesOnTheFlowUseKafkaClients() {
        outside("ingest", "post", "live", "letters", "kafka")
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.apache.kafka.clients.consumer..",
                        "org.apache.kafka.clients.producer..",
                        "io.smallrye.reactive.messaging..")
                .check(MAIN);
    }

    /** {@code query} and {@code status} ask for offsets, through {@code kafka}. */
    @Test
    void noOtherPackageButQueryAndStatusKnowsKafka() {
        outside("ingest", "post", "live", "letters", "kafka", "query", "status")
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(MAIN);
    }

    @Test
    void pureCodeKnowsNoFramework() {
        noClasses()
                .that(resideInAnyPackage(ROOT + "sensors", ROOT + "wire", ROOT + "aggregate", ROOT + "segment"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.quarkus..", "jakarta..", "io.vertx..", "io.smallrye..", "com.datastax..")
                .check(MAIN);
    }

    @Test
    void segmentsKnowOnlySensorsAndTheJdk() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "segment")
                .should()
                .dependOnClassesThat(not(resideInAnyPackage(
                        ROOT + "segment",
                        ROOT + "sensors",
                        "java.lang..",
                        "java.nio..",
                        "java.util..",
                        "org.jspecify..")))
                .check(MAIN);
    }

    /** Proves that a rule about calls finds a call where there is one. */
    private static void assertSeen(DescribedPredicate<JavaMethodCall> call, Class<?> calling) {
        JavaClasses classes = new ClassFileImporter().importClasses(calling);
        assertThatThrownBy(() -> noClasses().should().callMethodWhere(call).check(classes))
                .isInstanceOf(AssertionError.class);
    }

    /** They have a race: a request during the end of a stream may yield one item too many, which is then dropped. */
    @Test
    void concatenatesNothingByMutiny() {
        List.of(
                        calling(
                                MultiOnItem.class,
                                "transformToUniAndConcatenate",
                                "transformToMultiAndConcatenate",
                                "transformToIterable",
                                "disjoint",
                                "call",
                                "failWith"),
                        calling(MultiFlatten.class, "concatenate"),
                        calling(Multi.class, "concatMap", "call"),
                        calling(MultiSelect.class, "when"),
                        calling(MultiSkip.class, "when"),
                        calling(MultiOnCompletion.class, "continueWith", "switchTo", "ifEmpty"),
                        calling(MultiCreateBy.class, "concatenating", "repeating"),
                        calling(Uni.class, "repeat"))
                .forEach(racing -> noClasses().should().callMethodWhere(racing).check(MAIN));
    }

    @Test
    void seesAConcatenation() {
        assertSeen(calling(MultiOnItem.class, "transformToUniAndConcatenate"), Concatenating.class);
    }

    private static final class Concatenating {
        @SuppressWarnings("UnusedMethod") // Imported, never called.
        static Multi<Integer> same(Multi<Integer> numbers) {
            return numbers.onItem()
                    .transformToUniAndConcatenate(number -> Uni.createFrom().item(number));
        }
    }

    @Test
    void timeComesFromAClock() {
        noClasses()
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(MAIN);
        assertThat(MAIN.stream().anyMatch(type -> type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(dependency -> dependency.getTargetClass().isEquivalentTo(Clock.class))))
                .as("a class uses a clock")
                .isTrue();
    }

    @Test
    void configMappingsAreNamedConfig() {
        classes()
                .that()
                .areAnnotatedWith(ConfigMapping.class)
                .should()
                .haveSimpleNameEndingWith("Config")
                .check(MAIN);
    }

    private static Map.Entry<String, List<String>> entry(String name, String... others) {
        return Map.entry(name, List.of(others));
    }

    /** @param names packages, each with its subpackages */
    private static ClassesShould outside(String... names) {
        String[] packages = Stream.of(names).map(name -> ROOT + name + "..").toArray(String[]::new);
        return noClasses()
                .that(resideInAPackage("io.telltale..").and(not(resideInAnyPackage(packages))))
                .should();
    }

    private static ArchRule mayImport(String name, List<String> others) {
        String[] allowed = Stream.concat(Stream.of(name), others.stream())
                .map(other -> ROOT + other)
                .toArray(String[]::new);
        return noClasses()
                .that(resideInAPackage(ROOT + name))
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "(**)").and(not(resideInAnyPackage(allowed))));
    }

    private static ArchRule keptTo(String name, String libraryPackage) {
        return outside(name).dependOnClassesThat().resideInAPackage(libraryPackage);
    }

    private static DescribedPredicate<JavaMethodCall> calling(Class<?> owner, String... names) {
        return DescribedPredicate.describe(
                "a call of %s.%s".formatted(owner.getSimpleName(), List.of(names)),
                call -> call.getTargetOwner().isAssignableTo(owner)
                        && List.of(names).contains(call.getTarget().getName()));
    }

    private static <T> DescribedPredicate<T> not(DescribedPredicate<T> predicate) {
        return DescribedPredicate.not(predicate);
    }
}
