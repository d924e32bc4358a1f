package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.app.plan.PlannedDevice;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.workers.torch.TorchDevice;

class PlanCommandTest {
    private static final Path SAMPLES = Path.of("../experiments/samples");
    private static final Path LLAMA = SAMPLES.resolve("llama2-7b/config.json");

    @TempDir
    Path folder;

    private static CommandRun llama(Object... more) {
        Object[] all = new Object[5 + more.length];
        Object[] first = {"plan", "--json", SAMPLES.resolve("llama2-7b-table1.yaml"), "--model-config", LLAMA};
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(more, 0, all, first.length, more.length);
        return CommandRun.of(all);
    }

    @Test
    void productsOfThisMachineAreMeasuredWhereAskedFor() {
        CommandRun run = CommandRun.of("plan", SAMPLES.resolve("demo.yaml"), "--measure", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode time = run.json().get("time");
        assertThat(time.at("/tokensPerSecond").asDouble()).isPositive();
        assertThat(time.at("/source").asText()).contains("measured here").contains("assumption");
        CommandRun both = CommandRun.of("plan", SAMPLES.resolve("demo.yaml"), "--measure", "--rate", "100");
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("--measure").hasLineCount(1);
    }

    @Test
    void keysOfTheCommandLineAreThoseOfTheFile() {
        Path demo = SAMPLES.resolve("demo.yaml");
        String[] keys = {"lengths=256,512", "quantizer=awq:bits=4,group=128", "search.start=common", "bands=2,8"};
        JsonNode plan = CommandRun.of("plan", demo, "--json", keys[0], keys[1], keys[2], keys[3])
                .json();
        assertThat(plan.get("heldOutLengths")).hasToString("[256,512]");
        assertThat(plan.get("studies")).hasSize(2);
        assertThat(plan.at("/studies/1/id").asText()).contains("awq", "b8");
        CommandRun dry = CommandRun.of("run", demo, keys[0], keys[1], keys[2], keys[3], "--dry-run", "--json");
        assertThat(dry.json().at("/studies/1/searchTokens")).isEqualTo(plan.at("/studies/1/searchTokens"));
        assertThat(dry.json().at("/studies/1/id")).isEqualTo(plan.at("/studies/1/id"));
        for (String command : new String[] {"plan", "run", "coordinator"}) {
            Object[] words = {command, demo, "band=8", "--runs", folder, "--listen", "127.0.0.1:2551"};
            CommandRun wrong = CommandRun.of(Arrays.copyOf(
                    words,
                    switch (command) {
                        case "plan" -> 3;
                        case "run" -> 5;
                        default -> 7;
                    }));
            assertThat(wrong.code()).isEqualTo(2);
            assertThat(wrong.err())
                    .startsWith("qroar: command line: 'band=8': key 'band' is unknown (did you mean 'bands'?)")
                    .hasLineCount(1);
        }
        CommandRun none = CommandRun.of("worker", "--join", "127.0.0.1:1", "bands=8", "--runs", folder);
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("'bands=8'", "--experiment").hasLineCount(1);
    }

    @Test
    void whatQuantizersCalibrateOnIsSaid() {
        Path demo = SAMPLES.resolve("demo.yaml");
        String[] keys = {"quantizer=gptq:bits=4,group=128", "calibration.sequences=12", "calibration.length=256"};
        CommandRun text = CommandRun.of("plan", demo, keys[0], keys[1], keys[2]);
        assertThat(text.out().lines())
                .containsOnlyOnce("calibration on 12 x 256 = 3072 tokens, spread: 256 of search-00.txt, 256 of"
                        + " search-01.txt, 512 of search-02.txt, 256 of search-03.txt, 256 of search-04.txt, 256 of"
                        + " search-05.txt, 256 of search-06.txt, 512 of search-07.txt, 512 of 2 more");
        JsonNode row = CommandRun.of(
                        "plan", demo, "--json", keys[0], keys[1], keys[2], "calibration.blocks=consecutive")
                .json()
                .get("calibration");
        assertThat(row.get("blocks").asText()).isEqualTo("consecutive");
        assertThat(row.at("/documents/0/read").asInt()).isEqualTo(3072);
        assertThat(row.at("/documents/1/read").asInt()).isZero();
        CommandRun more = CommandRun.of("plan", demo, keys[0], "calibration.sequences=1000");
        assertThat(more.out())
                .contains(
                        "note: key 'calibration' asks for 1000 x 512 = 512000 tokens; the calibration documents have 80"
                                + " blocks of 512, 40960 tokens, and all are taken");
    }

    /** As versions wrote it that knew of consecutive blocks only: without the key. */
    @Test
    void aRunThatWasBegunWithTheBlocksOfBeforeGoesOnWithThem() throws IOException {
        Object[] words = {
            "run",
            SAMPLES.resolve("demo.yaml"),
            "--runs",
            folder,
            "--no-progress",
            "name=old",
            "lengths=64",
            "held-out.lengths=64",
            "quantizer=gptq:bits=3,group=64",
            "calibration.sequences=2",
            "calibration.length=64",
            "calibration.blocks=consecutive",
            "bands=1",
            "search.strategy=none",
            "documents.search=" + SAMPLES.resolve("demo/documents/search-00.txt"),
            "documents.held-out=" + SAMPLES.resolve("demo/documents/held-out-00.txt")
        };
        assertThat(CommandRun.of(words).code()).isZero();
        RunDirectory old = RunDirectory.list(folder).get(0);
        String kept = CommandRun.text(old.experiment());
        assertThat(old.manifest().fields()).doesNotContainKey("calibration.blocks");
        assertThat(kept).contains("  blocks: \"consecutive\"\n");
        Files.writeString(old.experiment(), kept.replace("  blocks: \"consecutive\"\n", ""));
        CommandRun resumed = CommandRun.of("resume", "old", "--runs", folder, "--no-progress");
        assertThat(resumed.code()).as(resumed.err()).isZero();

        words[11] = "calibration.blocks=spread";
        CommandRun anew = CommandRun.of(words);
        assertThat(anew.code()).as(anew.err()).isZero();
        assertThat(anew.err())
                .contains("note: run " + old.name()
                        + " differs in calibration.blocks: spread here, absent there (absent: consecutive) alone; this is"
                        + " another run, and qroar resume " + old.name() + " goes on with that one");
        assertThat(RunDirectory.list(folder)).hasSize(2);
    }

    /** The directory keeps the experiment that was run, so that resuming it and reading it need no words. */
    @Test
    void aRunKeepsTheExperimentWithItsKeys() {
        Path demo = SAMPLES.resolve("demo.yaml");
        Object[] words = {
            "run",
            demo,
            "--runs",
            folder,
            "--quiet",
            "name=less",
            "lengths=64",
            "held-out.lengths=64",
            "quantizer=rtn:bits=3,group=64",
            "bands=1",
            "search.strategy=none",
            "documents.search=" + SAMPLES.resolve("demo/documents/search-00.txt"),
            "documents.held-out=" + SAMPLES.resolve("demo/documents/held-out-00.txt")
        };
        CommandRun first = CommandRun.of(words);
        assertThat(first.code()).as(first.err()).isZero();
        List<RunDirectory> runs = RunDirectory.list(folder);
        assertThat(runs).hasSize(1);
        assertThat(CommandRun.text(runs.get(0).experiment()))
                .contains("name: \"less\"", "strategy: \"none\"", "- \"rtn:bits=3,group=64\"");
        assertThat(CommandRun.of(words).code()).isZero();
        CommandRun resumed = CommandRun.of("resume", "less", "--runs", folder, "--quiet");
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(RunDirectory.list(folder)).hasSize(1);
    }

    @Test
    void studiesTokensAndMemoryAreSaidAndNothingIsWritten() throws IOException {
        Path runs = folder.resolve("runs");
        CommandRun run = CommandRun.of("run", SAMPLES.resolve("demo.yaml"), "--runs", runs, "--dry-run", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(runs).doesNotExist();
        JsonNode plan = run.json();
        assertThat(plan.get("studies")).hasSize(2);
        long whole = 10 * 2048;
        assertThat(plan.at("/studies/0/heldOutTokens").asLong()).isEqualTo(4 * whole);
        assertThat(plan.at("/studies/1/heldOutTokens").asLong())
                .as("unquantized held-out losses are those of the first study")
                .isEqualTo(3 * whole);
        assertThat(plan.at("/studies/0/devices/0/placement").asText()).isEqualTo("widened");
        assertThat(plan.at("/studies/0/devices/0/order").asText()).isEqualTo("document");
        assertThat(plan.get("time").isNull()).isTrue();
        CommandRun text = CommandRun.of("plan", SAMPLES.resolve("demo.yaml"), "--rate", "5000");
        assertThat(text.code()).isZero();
        assertThat(text.out()).contains("01-yarn4-rtn-w2g32-b4-shared", "held-out share", "time: ", "(--rate)");
        CommandRun half = CommandRun.of("plan", SAMPLES.resolve("demo.yaml"), "precision=float16", "bands=1,2");
        assertThat(half.out())
                .as("what the run would say when its first model is loaded")
                .contains(
                        "demo: 4 studies of a model",
                        "note: " + PrecisionChoice.note(Precision.FLOAT16, TorchDevice.CPU));
        assertThat(CommandRun.of(
                                "plan",
                                SAMPLES.resolve("demo.yaml"),
                                "search.strategy=none",
                                "controls=[]",
                                "quantizer=rtn:bits=2,group=32")
                        .out())
                .contains("demo: 1 study of a model", " 100 %");
        Object[] dry = {"run", SAMPLES.resolve("demo.yaml"), "--dry-run", "--memory", "1G"};
        Object[] planned = {"plan", SAMPLES.resolve("demo.yaml"), "--memory", "1G"};
        assertThat(CommandRun.of(dry).out()).isEqualTo(CommandRun.of(planned).out());
    }

    @Test
    void aJournalThatCannotBeReachedIsToldBeforeThereIsADirectory() {
        Path runs = folder.resolve("unreachable");
        String address = "jdbc:postgresql://127.0.0.1:1/none?user=me";
        CommandRun run = CommandRun.of("run", SAMPLES.resolve("demo.yaml"), "--runs", runs, "--journal", address);
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).startsWith("qroar: journal " + address + " cannot be locked");
        assertThat(RunDirectory.list(runs)).isEmpty();
    }

    /** What the trained window adds is said, and the key that leaves it out does; controls are held-out passes too. */
    @Test
    void whatHeldOutLengthsCostIsSaidBeforehand() throws IOException {
        Path samples = SAMPLES.toAbsolutePath().normalize();
        Path experiment = folder.resolve("short.yaml");
        String text = """
                name: short
                model: %1$s/demo/model
                documents: {search: "%1$s/demo/documents/search-*.txt", held-out: "%1$s/demo/documents/held-out-*.txt"}
                lengths: [128, 256]
                rope: "yarn:factor=4"
                quantizer: "rtn:bits=4,group=64"
                """.formatted(samples);
        Files.writeString(experiment, text);
        JsonNode added = CommandRun.of("plan", experiment, "--json").json();
        assertThat(added.get("heldOutLengths")).hasToString("[128,256,512]");
        assertThat(added.get("heldOutTokens").asLong()).isEqualTo(4 * 10 * 512);
        assertThat(added.get("trainedWindowTokens").asLong()).isEqualTo(4 * 10 * 256);
        assertThat(CommandRun.of("plan", experiment).out())
                .contains("10.2K tokens; held-out: {lengths: [128, 256]} in the experiment reads none of them");
        Files.writeString(experiment, text + "held-out: {lengths: [128, 256]}\n");
        JsonNode chosen = CommandRun.of("plan", experiment, "--json").json();
        assertThat(chosen.get("heldOutTokens").asLong()).isEqualTo(4 * 10 * 256);
        assertThat(chosen.get("trainedWindowTokens").asLong()).isZero();
        assertThat(CommandRun.of("plan", experiment).out())
                .contains("lengths [128, 256], held-out [128, 256]")
                .doesNotContain("the trained window is longer");
        Files.writeString(
                experiment,
                text + "held-out: {lengths: [128, 256]}\ncontrols: [common, permuted, random, attention-factor]\n");
        JsonNode controls = CommandRun.of("plan", experiment, "--json").json();
        assertThat(controls.get("heldOutTokens").asLong())
                .as("one scale, quantized and not, three orders, four draws and the factor")
                .isEqualTo((4 + 2 + 3 + 4 + 1) * 10 * 256);
        assertThat(controls.at("/forwardTokens/most").asLong()
                        - chosen.at("/forwardTokens/most").asLong())
                .as("and one scale for all bands is sought")
                .isEqualTo((10 + 3) * 10 * 256);
    }

    @Test
    void theTablesOfThePaperArePlannedWithoutTheirCheckpoint() {
        JsonNode one = llama("--on", "rtx4090").json();
        JsonNode two = llama("--on", "2xRTX4090").json();
        assertThat(one.get("possible").asBoolean()).isTrue();
        assertThat(one.get("parameters").asLong()).isEqualTo(6_738_415_616L);
        assertThat(one.get("precision").asText()).isEqualTo("float16");
        assertThat(one.at("/studies/0/devices")).hasSize(1);
        assertThat(two.at("/studies/0/devices")).hasSize(2);
        assertThat(one.at("/studies/0/devices/0/order").asText())
                .as("13 GiB of weights, and 16 GiB of keys and values in document order")
                .isEqualTo("layer");
        assertThat(one.at("/time/leastSeconds").asDouble())
                .isEqualTo(2 * two.at("/time/leastSeconds").asDouble());
        assertThat(one.get("assumptions").size()).isGreaterThan(2);
        CommandRun table2 = CommandRun.of(
                "plan", SAMPLES.resolve("llama2-7b-table2.yaml"), "--model-config", LLAMA, "--on", "24gb@165t");
        assertThat(table2.code()).as(table2.err()).isZero();
        assertThat(table2.out()).contains("10 studies", "beyond the trained window of 4096 tokens", "assumed: ");
    }

    @Test
    void whatFitsNoDeviceAndWhatIsNoDeviceIsRefused() {
        CommandRun small = llama("--on", "1G");
        assertThat(small.code()).isEqualTo(4);
        assertThat(small.json().get("possible").asBoolean()).isFalse();
        assertThat(llama("--on", "6 gib")
                        .json()
                        .at("/studies/0/devices/0/placement")
                        .asText())
                .isEqualTo("mapped");
        CommandRun unknown = llama("--on", "2xabacus");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("--on '2xabacus' is no device", "rtx4090", "2x24G@165T");
        assertThat(llama("--on", "rtx4090", "--rate", "0").code()).isEqualTo(2);
    }

    @Test
    void cardsAreKnownByTheNamesThatPeopleAndDriversGiveThem() {
        for (String name : List.of("4090", "2 x RTX 4090", "NVIDIA GeForce RTX 4090", "rtx-4090")) {
            assertThat(llama("--on", name)
                            .json()
                            .at("/studies/0/devices/0/device")
                            .asText())
                    .as(name)
                    .startsWith("rtx4090");
        }
        assertThat(PlannedDevice.thoughtOf("NVIDIA A100-SXM4-80GB", Long.MAX_VALUE))
                .isEqualTo(PlannedDevice.thoughtOf("a100-80", Long.MAX_VALUE));
        assertThat(PlannedDevice.thoughtOf("NVIDIA H100 80GB HBM3", Long.MAX_VALUE))
                .isEqualTo(PlannedDevice.thoughtOf("h100", Long.MAX_VALUE));
        assertThat(PlannedDevice.thoughtOf("24G@165", Long.MAX_VALUE))
                .isEqualTo(PlannedDevice.thoughtOf("24G@165T", Long.MAX_VALUE));
        assertThatThrownBy(() -> PlannedDevice.thoughtOf("a100", Long.MAX_VALUE))
                .as("of 40 or of 80 GiB")
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("a100-40, a100-80");
    }

    @Test
    void whatARunRefusesIsRefused() throws IOException {
        Path model = SAMPLES.toAbsolutePath().normalize().resolve("demo/model");
        Files.writeString(folder.resolve("short.txt"), "Too short.");
        Files.writeString(folder.resolve("long.txt"), "Once upon a time there was a little dog. ".repeat(60));
        Path experiment = folder.resolve("small.yaml");
        Files.writeString(experiment, """
                name: small
                model: %s
                documents: {search: [short.txt], held-out: [long.txt]}
                lengths: [128, 256]
                rope: "yarn:factor=4,original=64"
                quantizer: "rtn:bits=4,group=48"
                """.formatted(model));
        CommandRun refused = CommandRun.of("plan", experiment);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("short.txt", "128");
        Files.writeString(folder.resolve("short.txt"), "There was also a little cat, and a big one. ".repeat(60));
        Files.writeString(experiment, Files.readString(experiment).replace("factor=4", "factor=2"));
        CommandRun warned = CommandRun.of("plan", experiment);
        assertThat(warned.code()).as(warned.err()).isZero();
        assertThat(warned.out())
                .contains("note: quantizer rtn:bits=4,group=48: group 48 does not divide")
                .contains("factor 2 stretches a window of 64 tokens to 128, and length 256 is beyond that");
    }
}
