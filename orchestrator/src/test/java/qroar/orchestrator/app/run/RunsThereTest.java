package qroar.orchestrator.app.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.definition.Overrides;
import qroar.orchestrator.app.export.FormatSettings;
import qroar.orchestrator.app.export.StudyChoice;
import qroar.orchestrator.app.export.StudyExport;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.app.result.ReportPage;
import qroar.orchestrator.app.result.TakeAway;
import qroar.orchestrator.app.status.RunStatus;
import qroar.orchestrator.app.status.RunStop;
import qroar.orchestrator.app.status.RunWatch;
import qroar.orchestrator.app.worker.Manners;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.endtoend.SmallExperiment;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Checkpoint;

/** A run is begun, and what it left is looked at, replayed, drawn and exported, without a command line. */
class RunsThereTest {
    private static final Manners FREELY = new Manners(null, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

    @TempDir
    private Path folder = Path.of("");

    private RunSettings settings(RunsFolder runs) {
        WorkerSettings workers = new WorkerSettings(WorkerSettings.Role.WHOLE_RUN, List.of("cpu"), 2, 1, FREELY);
        return new RunSettings(runs, workers, null, RunJournal.OnDamage.REFUSE, true, true, Following.NONE);
    }

    @Test
    void aLivePageThatCannotBeServedIsRefusedBeforeThereIsARun() throws Exception {
        Path experiment = Path.of(new SmallExperiment(folder).file());
        RunsFolder runs = new RunsFolder(folder.resolve("runs"));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String place = String.valueOf(taken.getLocalPort());
            RunSettings settings = new RunSettings(
                    runs,
                    settings(runs).workers(),
                    null,
                    RunJournal.OnDamage.REFUSE,
                    true,
                    true,
                    new Following(null, place, null));
            assertThatThrownBy(() -> settings.begin(experiment, Overrides.NONE))
                    .isInstanceOf(BadInput.class)
                    .hasMessageStartingWith("--dashboard " + place + " cannot be listened on: ");
        }
        Following twice = new Following("8123", "8123", null);
        assertThatThrownBy(twice::openDashboard)
                .isInstanceOf(BadInput.class)
                .hasMessage("--metrics 8123 and --dashboard cannot be served at one place");
        assertThat(runs.path()).doesNotExist();
    }

    @Test
    void whatARunLeftIsReadWithoutDisturbingIt() throws Exception {
        Path experiment = Path.of(new SmallExperiment(folder)
                .with("quantizer", "\"rtn:bits=2,group=32\"")
                .file());
        RunsFolder runs = new RunsFolder(folder.resolve("runs"));
        assertThat(RunStatus.ofAll(runs, RunStatus.Look.PROGRESS)).isEmpty();
        Path told = folder.resolve("told");
        RunSettings settings = new RunSettings(
                runs,
                settings(runs).workers(),
                null,
                RunJournal.OnDamage.REFUSE,
                true,
                true,
                new Following(null, "0", "echo \"$QROAR_EVENT $QROAR_MESSAGE\" >> '" + told + "'"));
        assertThat(settings.begin(experiment, Overrides.NONE).execute()).isEqualTo(ExitCode.DONE);
        assertThat(Files.readAllLines(told))
                .last()
                .asString()
                .matches("finished run small-[0-9a-f]+ is finished; best: .* perplexity .*");
        String name = String.valueOf(
                RunStatus.ofAll(runs, RunStatus.Look.PROGRESS).get(0).figures().get("run"));
        byte[] journal = Files.readAllBytes(runs.path().resolve(name).resolve("journal.db"));

        RunStatus finished = RunStatus.of(runs, name, RunStatus.Look.PROGRESS);
        assertThat(finished.isDamaged()).isFalse();
        assertThat(finished.figures()).containsEntry("state", "finished").containsEntry("process", null);
        assertThat(finished.lines(runs, name)).first().isEqualTo(name + ": finished, 100 % done");
        assertThat(finished.lines(runs, name))
                .anyMatch(line -> line.matches("0?1-\\S+ +100 % +finished +[+-]\\d\\.\\d{4} .*"))
                .allMatch(line -> line.startsWith("report: ") || line.length() < 90);
        ByteArrayOutputStream watched = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(watched, true, StandardCharsets.UTF_8)) {
            assertThat(RunWatch.follow(runs, name, out)).isEqualTo(ExitCode.DONE);
        }
        assertThat(watched.toString(StandardCharsets.UTF_8).lines().toList())
                .as("a run that is over, and no terminal")
                .isEqualTo(finished.lines(runs, name))
                .isEqualTo(RunWatch.once(runs, name));
        assertThatThrownBy(() -> RunWatch.once(runs, "none")).isInstanceOf(BadInput.class);
        Path progress = runs.path().resolve(name).resolve("progress.json");
        byte[] written = Files.readAllBytes(progress);
        Files.delete(progress);
        assertThat(RunStatus.of(runs, name, RunStatus.Look.PROGRESS).lines(runs, name))
                .as("from result.json")
                .anyMatch(line -> line.matches("0?1-\\S+ +100 % +finished +[+-]\\d\\.\\d{4} .*"));
        Files.writeString(
                progress, new String(written, StandardCharsets.UTF_8).replaceAll("\"finished\"", "\"running\""));
        assertThat(RunStatus.lines(RunStatus.ofAll(runs, RunStatus.Look.PROGRESS))
                        .get(1))
                .as("the journal knows better than a process that was killed")
                .matches(name + " +finished +100 % .*");
        assertThat(RunStatus.of(runs, name, RunStatus.Look.SOUNDNESS).figures()).containsEntry("state", "sound");
        assertThat(RunStop.of(runs, name, 0).end()).isEqualTo(RunStop.End.NOT_UNDER_WAY);

        List<RunReplay.Decided> replayed =
                new RunReplay("none", null, folder.resolve("losses")).of(RecordedRun.find(runs, name));
        assertThat(replayed).hasSize(1);
        assertThat(folder.resolve("losses").resolve(replayed.get(0).study().id() + ".json"))
                .exists();
        assertThatThrownBy(() -> new RunReplay("often", null, null).of(RecordedRun.find(runs, name)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("--stopping 'often' is unknown");

        Path page = ReportPage.write(runs, List.of(name), folder.resolve("again.html"), new TakeAway(null, null, null))
                .page();
        assertThat(page).content().contains(replayed.get(0).study().id());

        Path out = folder.resolve("exported");
        DeviceSettings cpu = new DeviceSettings("cpu", null, Long.MAX_VALUE);
        StudyExport.Result exported = new StudyExport(
                        runs,
                        name,
                        new StudyChoice(replayed.get(0).study().id(), StudyChoice.Scales.FOUND),
                        new FormatSettings(null, null),
                        cpu,
                        out)
                .write();
        assertThat(exported.study().id()).isEqualTo(replayed.get(0).study().id());
        assertThat(exported.model().digest()).isEqualTo(Checkpoint.open(out).digest());
        assertThatThrownBy(() -> new StudyExport(
                                runs,
                                name,
                                new StudyChoice("none", StudyChoice.Scales.FOUND),
                                new FormatSettings(null, null),
                                cpu,
                                out)
                        .write())
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("--study none is none of run " + name);

        assertThat(Files.readAllBytes(runs.path().resolve(name).resolve("journal.db")))
                .isEqualTo(journal);
        assertThat(settings(runs).takeUp(name).execute()).isEqualTo(ExitCode.DONE);
    }
}
