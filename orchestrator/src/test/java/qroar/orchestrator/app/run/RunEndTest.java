package qroar.orchestrator.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.app.result.FailedTrials;
import qroar.orchestrator.app.run.CoordinatorEnd.Kind;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;
import qroar.reports.model.Failure;

class RunEndTest {
    @TempDir
    private Path folder = Path.of("");

    private RunDirectory directory() {
        return RunDirectory.open(folder, RunManifest.of("run", "ab".repeat(32), Map.of(), Instant.EPOCH));
    }

    /** What is printed on standard error meanwhile. */
    private static String said(Runnable end) {
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            end.run();
        } finally {
            System.setErr(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void whatCanBeMendedSaysHowToGoOn() {
        RunDirectory directory = directory();
        try (RunNotifier notifier = new RunNotifier(null, directory.path())) {
            RunEnd end = new RunEnd(directory, notifier);
            List<ExitCode> codes = new ArrayList<>();
            assertThat(said(() -> codes.add(end.interrupted("no room\nleft"))))
                    .isEqualTo("qroar: no room left; when that is mended, take the run up with: qroar resume "
                            + directory.path() + System.lineSeparator());
            assertThat(codes).containsExactly(ExitCode.INCOMPLETE);
        }
    }

    /** Hundreds of studies are not named one by one. */
    @Test
    void failedTrialsAreCountedByStudy() {
        assertThat(failed()).isNull();
        assertThat(failed("a")).isEqualTo("1 trial failed: 1 of a");
        assertThat(failed("b", "a", "b")).isEqualTo("3 trials failed: 2 of b, 1 of a");
        assertThat(failed("a", "b", "c", "d", "e", "e", "f"))
                .isEqualTo("7 trials failed: 1 of a, 1 of b, 1 of c, 1 of d and of 2 more studies");
    }

    private static @Nullable String failed(String... studies) {
        return FailedTrials.count(Arrays.stream(studies)
                .map(study -> new Failure(study, "baseline", 3, "overflow"))
                .toList());
    }

    @Test
    void aFaultOfThisProgramNamesItsTraceAndTheReportIsWrittenAllTheSame() {
        RunDirectory directory = directory();
        RunState state =
                RunState.of(new RunPlan("run", List.of(SyntheticTrials.study("a", 2, Strategy.LINE, Rule.NONE)), 3));
        RunView last = new RunView(state, List.of(), 0, 0);
        List<RunView> written = new ArrayList<>();
        try (RunNotifier notifier = new RunNotifier(null, directory.path())) {
            RunEnd end = new RunEnd(directory, notifier);
            CoordinatorEnd crash = new CoordinatorEnd(Kind.CRASH, "IllegalStateException: no trial 7");
            assertThat(said(() -> end.broken(crash, last, written::add)))
                    .startsWith(
                            "qroar: the coordinator failed (IllegalStateException: no trial 7), which is a fault of")
                    .contains("its trace is in " + directory.log());
            assertThat(written).containsExactly(last);
            assertThat(said(() -> end.broken(new CoordinatorEnd(Kind.JOURNAL, "disk full"), null, written::add)))
                    .contains("could not be written (disk full)")
                    .contains("qroar resume " + directory.path());
            assertThat(written).hasSize(1);
        }
    }

    @Test
    void aReportThatCannotBeWrittenEitherIsNoFurtherFault() {
        RunDirectory directory = directory();
        RunState state =
                RunState.of(new RunPlan("run", List.of(SyntheticTrials.study("a", 2, Strategy.LINE, Rule.NONE)), 3));
        try (RunNotifier notifier = new RunNotifier(null, directory.path())) {
            String said = said(() -> new RunEnd(directory, notifier)
                    .broken(
                            new CoordinatorEnd(Kind.REPLAY, "no trial 7"),
                            new RunView(state, List.of(), 0, 0),
                            view -> {
                                throw new UncheckedIOException(new IOException("no room"));
                            }));
            assertThat(said).contains("does not fit together (no trial 7)").doesNotContain("Exception");
        }
    }
}
