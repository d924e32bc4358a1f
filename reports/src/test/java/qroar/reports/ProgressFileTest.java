package qroar.reports;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.reports.live.LiveRun;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyState;

class ProgressFileTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatIsWrittenIsReadBackAndNothingElseIs() throws IOException {
        assertThat(ProgressFile.read(folder)).isNull();
        LiveRun run = SampleLive.running();
        ProgressFile.write(folder, run);
        assertThat(ProgressFile.read(folder)).isEqualTo(run);

        byte[] whole = Files.readAllBytes(folder.resolve(ProgressFile.NAME));
        String text = new String(whole, StandardCharsets.UTF_8);
        for (String other : List.of(
                "",
                "{}",
                "[1]",
                "null",
                text.replace("qroar-progress/1", "qroar-progress/2"),
                text.replace("\"head\"", "\"tail\""),
                text.replace("\"studies\":[", "\"studies\":[null,"),
                text + "x")) {
            Files.writeString(folder.resolve(ProgressFile.NAME), other);
            assertThat(ProgressFile.read(folder)).as(other).isNull();
        }
        for (int bytes = 1; bytes < whole.length; bytes += 97) {
            Files.write(folder.resolve(ProgressFile.NAME), Arrays.copyOf(whole, bytes));
            assertThat(ProgressFile.read(folder)).as("cut at %d", bytes).isNull();
        }
        Files.writeString(folder.resolve(ProgressFile.NAME), text.replace("\"workers\"", "\"later\":1,\"workers\""));
        assertThat(ProgressFile.read(folder)).as("keys of a later version").isEqualTo(run);
    }

    @Test
    void nothingIsUnderWayInARunThatWasStopped() {
        LiveRun stopped = SampleLive.running().stopped();
        assertThat(stopped.head().state()).isEqualTo(RunState.STOPPED);
        assertThat(stopped.studies())
                .extracting(study -> study.state())
                .containsExactly(StudyState.FINISHED, StudyState.STOPPED, StudyState.PLANNED);
        assertThat(stopped.trials()).isEmpty();
        assertThat(stopped.workers()).isEmpty();
        assertThat(stopped.work().secondsLeft()).isNull();
        assertThat(stopped.stopped()).isEqualTo(stopped);

        RunReport report = SampleReport.demo();
        assertThat(report.studies()).extracting(study -> study.state()).contains(StudyState.RUNNING);
        RunReport ended = report.stopped();
        assertThat(ended.studies())
                .extracting(study -> study.state())
                .contains(StudyState.STOPPED)
                .doesNotContain(StudyState.RUNNING);
        ReportWriter.write(folder, ended);
        assertThat(ResultFile.read(folder.resolve("result.json"))).isEqualTo(ended);
        assertThat(folder.resolve("report.html")).content().contains("qroar resume", ">stopped</span>");
    }
}
