package qroar.orchestrator;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.File;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.text.DecimalFormat;
import java.text.NumberFormat;
import java.text.SimpleDateFormat;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Formatter;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;

/** Who may know whom. */
@AnalyzeClasses(packages = "qroar", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String[] MODULES = {"protocol", "experiments", "workers", "reports", "orchestrator"};

    /** The rules below hold for any class that is not looked at. */
    @ArchTest
    static void everyModuleIsLookedAt(JavaClasses all) {
        for (String module : MODULES) {
            assertThat(all.that(resideInAPackage("qroar." + module + "..")))
                    .as(module)
                    .hasSizeGreaterThan(10);
        }
    }

    /** One more than a person takes in at a glance. */
    private static final int MANY_CLASSES = 20;

    @ArchTest
    static void noPackageIsCrowded(JavaClasses all) {
        Map<String, Long> sizes = all.stream()
                .filter(each -> each.isTopLevelClass() && !each.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
        Map<String, Long> crowded = new TreeMap<>(sizes);
        crowded.values().removeIf(size -> size < MANY_CLASSES);
        assertThat(crowded).as("packages of %d classes or more", MANY_CLASSES).isEmpty();
    }

    /** More than a reader keeps apart, and a caller puts in their order. */
    private static final int MANY_COMPONENTS = 10;

    /** Rows and headings of result.json, whose keys they are. */
    private static final Set<String> STORED_FORMS = Set.of(
            "qroar.reports.model.CandidateRow",
            "qroar.reports.model.LengthRow",
            "qroar.reports.model.RunCost",
            "qroar.reports.model.RunSummary",
            "qroar.reports.model.StudyReport",
            "qroar.reports.model.TrialRow",
            "qroar.reports.model.heldout.DivergenceRow");

    @ArchTest
    static void onlyStoredFormsHaveManyComponents(JavaClasses all) {
        Set<String> large = all.stream()
                .filter(JavaClass::isRecord)
                .filter(each -> each.getFields().stream()
                                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                                .count()
                        > MANY_COMPONENTS)
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(large)
                .as("records of more than %d components", MANY_COMPONENTS)
                .isEqualTo(new TreeSet<>(STORED_FORMS));
    }

    /**
     * What is one per process whoever asks: a native library, locks that the system gives to processes, answers about this
     * machine that never change, native references that could leak, and what belongs to a thread.
     */
    private static final Set<String> ONE_PER_PROCESS = Set.of(
            "qroar.orchestrator.journal.RunLock",
            "qroar.orchestrator.journal.SqliteLibrary",
            "qroar.workers.checkpoint.Headway",
            "qroar.workers.export.EntryLock",
            "qroar.workers.lending.LaneChoice",
            "qroar.workers.text.ProvenTokenizers",
            "qroar.workers.torch.AttentionKernel",
            "qroar.workers.torch.HostAllocator",
            "qroar.workers.torch.ScriptModule",
            "qroar.workers.torch.TorchRuntime",
            "qroar.workers.torch.TorchValue",
            "qroar.workers.worker.ThreadTeam");

    @ArchTest
    static void nothingElseIsKeptInStaticFields(JavaClasses all) {
        Set<String> mutable = all.stream()
                .filter(each -> each.getFields().stream()
                                .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
                                .anyMatch(field -> !field.getModifiers().contains(JavaModifier.FINAL)
                                        || changes(field.getRawType()))
                        || makesAChangingCollection(each))
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(mutable).as("classes whose static fields change").isEqualTo(new TreeSet<>(ONE_PER_PROCESS));
    }

    private static boolean changes(JavaClass type) {
        return type.getPackageName().startsWith("java.util.concurrent.atomic")
                || type.isAssignableTo(ThreadLocal.class)
                || type.isAssignableTo(ConcurrentMap.class)
                || type.isAssignableTo(Random.class);
    }

    private static boolean makesAChangingCollection(JavaClass owner) {
        return owner.getStaticInitializer()
                .map(made -> made.getConstructorCallsFromSelf().stream()
                        .map(call -> call.getTarget().getOwner())
                        .anyMatch(type -> type.getPackageName().startsWith("java.util")
                                && (type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class))))
                .orElse(false);
    }

    @ArchTest
    static final ArchRule everyClassBelongsToAModule = classes()
            .should()
            .resideInAnyPackage(
                    "qroar.protocol..",
                    "qroar.experiments..",
                    "qroar.workers..",
                    "qroar.reports..",
                    "qroar.orchestrator..");

    @ArchTest
    static final ArchRule theProtocolKnowsNoOtherModule = onlyKnows("protocol");

    @ArchTest
    static final ArchRule experimentsKnowTheProtocolOnly = onlyKnows("experiments", "protocol");

    @ArchTest
    static final ArchRule workersKnowTheProtocolOnly = onlyKnows("workers", "protocol");

    @ArchTest
    static final ArchRule reportsKnowWhatExperimentsFound = onlyKnows("reports", "protocol", "experiments");

    @ArchTest
    static final ArchRule onlyTheApplicationWiresModules = noClasses()
            .that(resideInAPackage("qroar.orchestrator.."))
            .and(resideOutsideOfPackage("qroar.orchestrator.app.."))
            .should()
            .dependOnClassesThat(resideInAnyPackage("qroar.workers..", "qroar.reports.."));

    @ArchTest
    static final ArchRule nothingDependsOnTheCommandLine = noClasses()
            .that(resideOutsideOfPackages("qroar.orchestrator.cli.."))
            .should()
            .dependOnClassesThat(resideInAPackage("qroar.orchestrator.cli.."));

    /** Commands parse and print; what they name beside that are values, which need nothing to be opened. */
    @ArchTest
    static final ArchRule commandsKnowTheApplicationAndValues = noClasses()
            .that(resideInAPackage("qroar.orchestrator.cli.."))
            .should()
            .dependOnClassesThat(resideInAPackage("qroar..")
                    .and(resideOutsideOfPackages(
                            "qroar.orchestrator.cli..",
                            "qroar.orchestrator.app..",
                            "qroar.orchestrator.console..",
                            "qroar.experiments..",
                            "qroar.protocol..")));

    /** A command takes a run's state and prints of it; how processes and actors live is the application's. */
    @ArchTest
    static final ArchRule theCommandLineStartsNoActors = noClasses()
            .that(resideInAPackage("qroar.orchestrator.cli.."))
            .should()
            .dependOnClassesThat(resideInAPackage("org.apache.pekko.."));

    @ArchTest
    static final ArchRule theApplicationKnowsNoOptions = noClasses()
            .that(resideOutsideOfPackages("qroar.orchestrator.cli.."))
            .should()
            .dependOnClassesThat(resideInAPackage("picocli.."));

    @ArchTest
    static final ArchRule pytorchIsTouchedInOnePackage = noClasses()
            .that(resideOutsideOfPackages("qroar.workers.torch.."))
            .should()
            .dependOnClassesThat(resideInAPackage("ai.djl.pytorch.."));

    @ArchTest
    static final ArchRule noPackageNeedsItself =
            slices().matching("qroar.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noJavaSerialization =
            noClasses().should().dependOnClassesThat().belongToAnyOf(ObjectInputStream.class, ObjectOutputStream.class);

    @ArchTest
    static final ArchRule onlyTheApplicationPrints = noClasses()
            .that(resideOutsideOfPackages(
                    "qroar.orchestrator.cli..",
                    "qroar.orchestrator.app..",
                    "qroar.orchestrator.console..",
                    "qroar.orchestrator.logging.."))
            .should(ACCESS_STANDARD_STREAMS);

    /** Failures of files have a name in it too. */
    @ArchTest
    static final ArchRule theProtocolIsValuesAndTheDoorsToFiles = noClasses()
            .that(resideInAPackage("qroar.protocol.."))
            .and(resideOutsideOfPackages("qroar.protocol.input", "qroar.protocol.storage"))
            .should()
            .dependOnClassesThat(resideInAPackage("java.nio.file..").and(not(assignableTo(Throwable.class))));

    /** What reads a whole file, or a file's lines, whatever its length. Under /proc and of our own programs nothing is large. */
    @ArchTest
    static final ArchRule filesAreReadThroughOneBoundedDoor = noClasses()
            .that(resideOutsideOfPackage("qroar.protocol.input"))
            .and()
            .doNotHaveSimpleName("HostMemory")
            .and()
            .doNotHaveSimpleName("FileHandles")
            .and()
            .doNotHaveSimpleName("ForwardSpeed")
            .and()
            .doNotHaveSimpleName("GpuMemory")
            .and()
            .doNotHaveSimpleName("ProcessorName")
            .and()
            .doNotHaveSimpleName("ProcessMetrics")
            .and()
            .doNotHaveSimpleName("ThreadTeam")
            .and()
            .doNotHaveSimpleName("RunStop")
            .should()
            .callMethodWhere(target(owner(assignableTo(Files.class)))
                    .and(target(nameMatching("readAllBytes|readString|readAllLines|lines|newBufferedReader"))))
            .orShould()
            .callMethod(ObjectMapper.class, "readTree", File.class)
            .orShould()
            .callMethod(ObjectMapper.class, "readValue", File.class, Class.class)
            .orShould()
            .callMethod(ObjectMapper.class, "readValue", File.class, TypeReference.class);

    private static ArchRule onlyKnows(String module, String... others) {
        String[] known = new String[others.length + 1];
        known[0] = "qroar." + module + "..";
        for (int i = 0; i < others.length; i++) {
            known[i + 1] = "qroar." + others[i] + "..";
        }
        return noClasses()
                .that(resideInAPackage(known[0]))
                .should()
                .dependOnClassesThat(resideInAPackage("qroar..").and(resideOutsideOfPackages(known)))
                .as("classes of " + module + " know no module besides: " + String.join(", ", known));
    }

    /** What a person or a program reads is the same in every locale. */
    @ArchTest
    static final ArchRule everyFormatNamesItsLocale = noClasses()
            .should()
            .callMethod(String.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(String.class, "formatted", Object[].class)
            .orShould()
            .callMethod(String.class, "toUpperCase")
            .orShould()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(PrintStream.class, "printf", String.class, Object[].class)
            .orShould()
            .callMethod(PrintStream.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(PrintWriter.class, "printf", String.class, Object[].class)
            .orShould()
            .callMethod(PrintWriter.class, "format", String.class, Object[].class)
            .orShould()
            .callConstructor(Formatter.class)
            .orShould()
            .callConstructor(Formatter.class, Appendable.class)
            .orShould()
            .callConstructor(DecimalFormat.class, String.class)
            .orShould()
            .callConstructor(SimpleDateFormat.class, String.class)
            .orShould()
            .callMethod(NumberFormat.class, "getInstance")
            .orShould()
            .callMethod(DateTimeFormatter.class, "ofPattern", String.class);
}
