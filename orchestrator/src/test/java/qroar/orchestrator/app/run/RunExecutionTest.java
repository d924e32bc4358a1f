package qroar.orchestrator.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.worker.Manners;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.endtoend.SmallExperiment;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.ResultFile;
import qroar.reports.model.Failure;

/** A run without a command line: records in, a run's folder out. */
class RunExecutionTest {
    private static final Manners FREELY = new Manners(null, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    @TempDir
    private Path folder = Path.of("");

    @Test
    void aRunIsCarriedOutOnceAndThenOnlyPrinted() throws Exception {
        Path experiment = Path.of(new SmallExperiment(folder)
                .with("quantizer", "\"rtn:bits=2,group=32\"")
                .file());
        Path runs = folder.resolve("runs");
        ExperimentInput input = ExperimentInput.read(experiment, runs.resolve("cache/digests"));
        RunManifest manifest = RunManifest.of(
                input.definition().name(),
                input.fingerprint().hex(),
                input.fingerprint().fields(),
                Instant.now());
        RunDirectory directory = RunDirectory.open(runs, manifest);

        assertThat(execute(input, directory)).isEqualTo(ExitCode.DONE);
        assertThat(ResultFile.read(directory.result()).studies()).hasSize(1);
        assertThat(directory.report()).exists();
        assertThat(directory.trials()).exists();
        byte[] journal = Files.readAllBytes(directory.journal());

        assertThat(execute(input, directory)).isEqualTo(ExitCode.DONE);
        assertThat(Files.readAllBytes(directory.journal())).isEqualTo(journal);
        assertThat(new RecordedRun(directory, input).state().progress()).allMatch(study -> study.isDone());

        Failure given = new Failure(input.plan().studies().get(0).id(), "b0=1.1", 3, "overflow");
        ObjectNode result =
                (ObjectNode) new ObjectMapper().readTree(directory.result().toFile());
        ((ObjectNode) result.get("run")).putArray("failures").addPOJO(given);
        AtomicFile.write(directory.result(), result.toString());
        assertThat(execute(input, directory)).as("printed, and as it ended").isEqualTo(ExitCode.FAILED);
    }

    private static ExitCode execute(ExperimentInput input, RunDirectory directory) {
        WorkerSettings workers = new WorkerSettings(WorkerSettings.Role.WHOLE_RUN, List.of("cpu"), 2, 1, FREELY);
        return RunExecution.of(input, directory, workers).withOutput(true, true).execute();
    }
}
