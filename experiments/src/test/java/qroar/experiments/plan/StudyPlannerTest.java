package qroar.experiments.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.definition.ExperimentFile;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.experiments.trial.Setting;
import qroar.protocol.BadInput;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.Precision;

class StudyPlannerTest {
    private static final ModelFacts FACTS =
            new ModelFacts("c0ffee", new RopeGeometry(16, 10_000, 256, null), 6, new NoScaling(), 256);
    private static final List<DocumentRef> SEARCH = List.of(document("s0", 2000), document("s1", 2100));
    private static final List<DocumentRef> HELD_OUT = List.of(document("h0", 2000), document("h1", 4000));

    private static final String LONGROPE =
            "\"longrope:short=1;1;1;1;1;1;1;1,long=2;2;2;2;3;3;3;3,original=64,factor=4\"";

    @TempDir
    Path folder;

    @BeforeEach
    void makeFiles() throws IOException {
        Files.createDirectory(folder.resolve("model"));
        Files.writeString(folder.resolve("a.txt"), "a");
        Files.writeString(folder.resolve("b.txt"), "b");
    }

    private static DocumentRef document(String name, int tokens) {
        return new DocumentRef(name, "digest-of-" + name, tokens);
    }

    private ExperimentDefinition definition(String... lines) {
        try {
            Path file = Files.writeString(
                    folder.resolve("x.yaml"),
                    "name: x\nmodel: model\ndocuments: {search: a.txt, held-out: b.txt}\n" + String.join("\n", lines));
            return ExperimentFile.read(file, Map.of()).in(Precision.FLOAT32);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static StudyPlan plan(ExperimentDefinition definition) {
        return StudyPlanner.plan(definition, FACTS, SEARCH, HELD_OUT, SEARCH);
    }

    private static List<String> notes(StudyPlan plan) {
        return plan.notes().stream().map(PlanNote::toString).toList();
    }

    @Test
    void studyHoldsEverythingThatItsPointAndTheExperimentSay() {
        StudyPlan plan = plan(definition(
                "lengths: [512, 1024]",
                "weights: uniform",
                "window: 128",
                "rope: yarn:factor=4",
                "quantizer: rtn:bits=2,group=32",
                "bands: 4",
                "grid: 9"));
        assertThat(plan.notes()).isEmpty();
        assertThat(plan.studies()).singleElement().satisfies(study -> {
            assertThat(study.id()).isEqualTo("01-yarn4-rtn-w2g32-b4-shared");
            assertThat(study.checkpointDigest()).isEqualTo("c0ffee");
            assertThat(study.rope()).isEqualTo(YarnScaling.of(4, null));
            assertThat(study.partition().bandCount()).isEqualTo(4);
            assertThat(study.search().gridSize()).isEqualTo(9);
            assertThat(study.objective().weights()).containsExactly(0.5, 0.5);
            assertThat(study.calibration()).isEqualTo(Calibration.NONE);
            assertThat(study.searchPlan().lengths()).containsExactly(512, 1024);
            assertThat(study.searchPlan().windowTokens()).isEqualTo(128);
            assertThat(study.heldOutPlan().documents()).isEqualTo(HELD_OUT);
            assertThat(study.heldOutPlan().lengths()).containsExactly(256, 512, 1024);
            assertThat(study.shortPlan().documents()).isEqualTo(SEARCH);
            assertThat(study.shortPlan().lengths()).containsExactly(256);
        });
    }

    @Test
    void layersAreGroupedAndAGroupOfAllIsAll() {
        ExperimentDefinition definition = definition(
                "lengths: 512", "quantizer: none", "bands: 2", "layers: [all, 4, 1, 9]", "search: {strategy: line}");
        StudyPlan plan = plan(definition);
        assertThat(plan.studies())
                .extracting(
                        study -> study.id(),
                        study -> study.partition().layers(),
                        study -> study.partition().cellCount())
                .containsExactly(
                        tuple("01-none-none-b2-lall-shared", LayerGroups.ALL, 2),
                        tuple("02-none-none-b2-l4-shared", LayerGroups.of(6, 4), 4),
                        tuple("03-none-none-b2-l1-shared", LayerGroups.of(6, 1), 12));
        assertThat(notes(plan)).anyMatch(note -> note.contains("layers 9"));
        assertThat(definition.resolved()).contains("layers:");
        assertThat(definition.settings()).containsEntry("layers", "[all, 4, 1, 9]");
        assertThat(definition("lengths: 512", "quantizer: none", "layers: all").settings())
                .as("as before there were groups")
                .doesNotContainKey("layers");
    }

    @Test
    void idsAreUniqueStableAndSafeAsFileNames() {
        String[] lines = {
            "lengths: [512, 1024]",
            "weights: [length, [1, 2.5]]",
            "rope: [yarn:factor=4, yarn:factor=4,original=128,truncate=false, ntk:alpha=2.5, none]",
            "quantizer: [none, rtn:bits=3,group=0, gptq:bits=4,group=32,act-order=true,sym=true, awq:bits=4,group=64,"
                    + "clip=false,act-bits=4,act=asym,kv-bits=4]",
            "bands: [2, 4, 8]",
            "grid: [5, 9]",
            "mode: [shared, symmetric]",
            "calibration: {sequences: 2}"
        };
        List<String> ids =
                plan(definition(lines)).studies().stream().map(Study::id).toList();
        assertThat(ids).hasSize(4 * 4 * 3 * 2 * 2 * 2).doesNotHaveDuplicates();
        assertThat(ids).allMatch(id -> id.matches("[0-9]{3}-[a-z0-9.-]{1,96}"));
        assertThat(ids)
                .contains(
                        "001-yarn4-none-b2-x5-shared-length",
                        "002-yarn4-none-b2-x5-shared-1-2.5",
                        "025-yarn4-rtn-w3row-b2-x5-shared-length",
                        "384-none-awq-w4g64-noclip-a4asym-kv4-b8-x9-symmetric-1-2.5");
        assertThat(plan(definition(lines)).studies().stream().map(Study::id)).isEqualTo(ids);
    }

    @Test
    void pointsThatMeanTheSameStudyRunOnce() {
        StudyPlan plan = plan(definition(
                "lengths: [512, 1024]",
                "weights: [length, [1, 2]]",
                "rope: [none, checkpoint]",
                "quantizer: rtn",
                "bands: [8, 16]"));
        assertThat(plan.studies()).hasSize(1);
        assertThat(notes(plan))
                .filteredOn(n -> n.contains("holds this study twice"))
                .hasSize(7);
    }

    @Test
    void fewerBandsThanAskedForAreNoted() {
        StudyPlan plan = plan(definition("lengths: 512", "rope: yarn:factor=2", "quantizer: rtn", "bands: 12"));
        assertThat(plan.studies().get(0).partition().bandCount()).isEqualTo(8);
        assertThat(notes(plan))
                .containsExactly("01-yarn2-rtn-w4g128-b12-shared: head_dim 16 has 8 RoPE pairs, so 12 bands become 8");
    }

    @Test
    void studiesThatCannotGainSayWhy() {
        StudyPlan plan = plan(definition(
                "lengths: 512",
                "rope: [yarn:factor=2, none]",
                "quantizer: [rtn, none, \"rtn:bits=4,kv-bits=4\"]",
                "mode: [shared, symmetric]",
                "exclude:",
                "  - {quantizer: none, mode: symmetric}"));
        List<String> notes = notes(plan);
        assertThat(notes).filteredOn(n -> n.contains("change no logit")).hasSize(2);
        assertThat(notes).filteredOn(n -> n.contains("nothing is quantized")).hasSize(2);
        assertThat(notes)
                .filteredOn(n -> n.contains("length 512 is beyond the trained window of 256 tokens"))
                .hasSize(5);
    }

    @Test
    void keysOfMoreBandsThanPairsAreRefusedBeforeAnythingRuns() {
        int pairs = FACTS.geometry().pairCount();
        String most = String.join("/", Collections.nCopies(pairs, "8"));
        assertThat(plan(definition("lengths: 512", "quantizer: 'none:kv-bits=8,kv-bands=" + most + "'"))
                        .studies())
                .hasSize(1);
        assertThatThrownBy(
                        () -> plan(definition("lengths: 512", "quantizer: 'none:kv-bits=8,kv-bands=" + most + "/8'")))
                .isInstanceOf(BadInput.class)
                .hasMessage("quantization: kv-bands has " + (pairs + 1) + " bands; a head of the model has " + pairs
                        + " rotary pairs");
    }

    @Test
    void calibratedQuantizersGetTheCalibrationDocuments() {
        ExperimentDefinition definition =
                definition("lengths: 512", "quantizer: [awq, rtn]", "calibration: {sequences: 4, length: 1000}");
        List<DocumentRef> calibration = List.of(document("c", 4000));
        List<Study> studies = StudyPlanner.plan(definition, FACTS, SEARCH, HELD_OUT, calibration)
                .studies();
        assertThat(studies.get(0).calibration()).isEqualTo(new Calibration(calibration, 4, 1000, BlockChoice.SPREAD));
        assertThat(studies.get(1).calibration()).isEqualTo(Calibration.NONE);
    }

    @Test
    void whatCalibrationDocumentsLackIsNotedOnceAndTheRestIsTaken() {
        ExperimentDefinition definition = definition(
                "lengths: 512", "quantizer: [gptq, 'gptq:bits=3']", "calibration: {sequences: 4, length: 1000}");
        List<DocumentRef> shorter = List.of(document("c", 1999), document("d", 2000));
        StudyPlan plan = StudyPlanner.plan(definition, FACTS, SEARCH, HELD_OUT, shorter);
        assertThat(plan.studies())
                .extracting(Study::calibration)
                .containsOnly(new Calibration(shorter, 3, 1000, BlockChoice.SPREAD));
        assertThat(notes(plan))
                .containsOnlyOnce("key 'calibration' asks for 4 x 1000 = 4000 tokens; the calibration documents have 3"
                        + " blocks of 1000, 3000 tokens, and all are taken");

        List<DocumentRef> shortest = List.of(document("c", 300), document("d", 400));
        assertThat(StudyPlanner.plan(definition, FACTS, SEARCH, HELD_OUT, shortest)
                        .studies()
                        .get(0)
                        .calibration())
                .isEqualTo(new Calibration(shortest, 1, 700, BlockChoice.SPREAD));
        ExperimentDefinition clips = definition("lengths: 512", "quantizer: awq");
        assertThatThrownBy(() -> StudyPlanner.plan(clips, FACTS, SEARCH, HELD_OUT, List.of(document("c", 511))))
                .isInstanceOf(BadInput.class)
                .hasMessage("key 'calibration': 511 tokens for awq:bits=4,group=128, which needs at least 512");
    }

    @Test
    void consecutiveBlocksAreTakenAsAskedOrRefused() {
        ExperimentDefinition definition = definition(
                "lengths: 512",
                "quantizer: [awq, rtn]",
                "calibration: {sequences: 4, length: 1000, blocks: consecutive}");
        List<DocumentRef> enough = List.of(document("c", 4000));
        assertThat(StudyPlanner.plan(definition, FACTS, SEARCH, HELD_OUT, enough)
                        .studies()
                        .get(0)
                        .calibration())
                .isEqualTo(new Calibration(enough, 4, 1000, BlockChoice.CONSECUTIVE));
        List<DocumentRef> tooShort = List.of(document("c", 3999));
        assertThatThrownBy(() -> StudyPlanner.plan(definition, FACTS, SEARCH, HELD_OUT, tooShort))
                .isInstanceOf(BadInput.class)
                .hasMessage("key 'calibration' asks for 4 x 1000 = 4000 tokens, but the calibration documents have only"
                        + " 3999");
    }

    @Test
    void trainedWindowCanBeOverridden() {
        List<Study> studies = plan(definition("lengths: 1024", "quantizer: rtn", "trained-window: 512"))
                .studies();
        assertThat(studies.get(0).shortPlan().lengths()).containsExactly(512);
        assertThat(studies.get(0).heldOutPlan().lengths()).containsExactly(512, 1024);
        StudyPlan unreachable =
                plan(definition("lengths: 1024", "rope: yarn:factor=2", "quantizer: rtn", "trained-window: 4096"));
        assertThat(unreachable.studies().get(0).heldOutPlan().lengths()).containsExactly(1024);
        assertThat(unreachable.studies().get(0).shortPlan().lengths()).containsExactly(2000);
        assertThat(unreachable.studies().get(0).trainedWindow()).isEqualTo(4096);
        assertThat(notes(unreachable)).anyMatch(n -> n.startsWith("no held-out document reaches the trained window"));
        assertThat(notes(unreachable)).anyMatch(n -> n.contains("measured on 2000 tokens of each search document"));
    }

    @Test
    void heldOutLengthsAreThoseThatTheExperimentChoosesAndNoOther() {
        ExperimentDefinition few = definition(
                "lengths: [512, 1024]", "quantizer: rtn", "trained-window: 2048", "held-out: {lengths: [512, 1024]}");
        Study study = plan(few).studies().get(0);
        assertThat(study.heldOutPlan().lengths()).as("no trained window").containsExactly(512, 1024);
        assertThat(study.trainedWindow()).isEqualTo(2048);
        assertThat(few.settings()).containsEntry("held-out.lengths", "[512, 1024]");
        assertThat(definition("lengths: [512, 1024]", "quantizer: rtn").settings())
                .as("runs of before keep their identity")
                .doesNotContainKey("held-out.lengths");

        StudyPlan more = plan(definition(
                "lengths: 512", "quantizer: rtn", "rope: yarn:factor=4", "held-out: {lengths: [256, 512, 3000]}"));
        assertThat(more.studies().get(0).searchPlan().lengths()).containsExactly(512);
        assertThat(more.studies().get(0).heldOutPlan().lengths()).containsExactly(256, 512, 3000);
        assertThat(notes(more))
                .anyMatch(n -> n.contains("stretches a window of 256 tokens to 1024, and length 3000 is beyond that"))
                .anyMatch(n -> n.contains("1 of 2 held-out documents are shorter than length 3000"));
        assertThatThrownBy(() ->
                        plan(definition("lengths: 512", "quantizer: rtn", "held-out: {lengths: [512, 4000, 8000]}")))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(
                        "key 'held-out.lengths': no held-out document has a token between positions 4000");
    }

    @Test
    void evidenceBesidePerplexityIsPartOfHeldOutTrialsAndOfARunsIdentity() {
        String[] lines = {"lengths: 512", "rope: yarn:factor=4", "quantizer: [rtn, stored]"};
        ExperimentDefinition plain = definition(lines);
        ExperimentDefinition asked = definition(
                String.join("\n", lines) + "\nheld-out: {divergence: noise-floor, long-ppl: {context: 300}}");
        assertThat(asked.settings())
                .containsEntry("held-out.divergence", "noise-floor")
                .containsEntry("held-out.long-ppl.context", "300")
                .containsEntry("held-out.long-ppl.loss", "2.0");
        assertThat(plain.settings().keySet()).noneMatch(key -> key.startsWith("held-out"));
        List<TrialRequest> wanted =
                StudyProgress.begin(plan(asked).studies().get(0)).wanted();
        assertThat(wanted)
                .filteredOn(request -> request.spec().reference() != null)
                .extracting(TrialRequest::label)
                .containsExactly("held-out/unquantized", "held-out/baseline", "held-out/noise-floor");
        assertThat(wanted.stream().filter(request -> request.spec().isReference()))
                .extracting(TrialRequest::label)
                .containsExactly("held-out/unquantized");
        assertThat(notes(plan(asked)))
                .anyMatch(n -> n.contains("held-out.divergence and held-out.long-ppl are left out"));
        assertThatThrownBy(() -> plan(definition("lengths: 512", "quantizer: rtn", "held-out: {long-ppl: true}")))
                .isInstanceOf(BadInput.class)
                .hasMessage(
                        "key 'held-out.long-ppl': held-out documents are read up to 512 tokens, and no token has more"
                                + " than 4096 before it (held-out.long-ppl.context); read further or give a shorter context");
    }

    /** The search never reads as far as the trained window; what tuning did to it is assessed there all the same. */
    @Test
    void theTrainedWindowIsAttributedAtItsOwnLengthWhereSearchDocumentsAreShorter() {
        List<DocumentRef> shorter = List.of(document("s0", 300), document("s1", 310));
        StudyPlan plan = StudyPlanner.plan(
                definition("lengths: 256", "quantizer: rtn", "trained-window: 512"), FACTS, shorter, HELD_OUT, shorter);
        Study study = plan.studies().get(0);
        assertThat(study.searchPlan().maxLength()).isEqualTo(256);
        assertThat(study.trainedWindow()).isEqualTo(512);

        PlanWindows heldOut = new PlanWindows(study.heldOutPlan());
        Attribution attribution = Attribution.of(
                heldOut,
                study.objective(),
                study.trainedWindow(),
                Map.of(
                        Setting.BASELINE, risingBeyond256(heldOut, 0.5),
                        Setting.TUNED, risingBeyond256(heldOut, 0),
                        Setting.UNQUANTIZED, risingBeyond256(heldOut, 0),
                        Setting.CONTROL, risingBeyond256(heldOut, 0)));
        assertThat(attribution.shortContext()).isNotNull();
        assertThat(attribution.shortContext().length()).isEqualTo(512);
        assertThat(attribution.shortContextVerdict()).isEqualTo(Attribution.ShortContext.IMPROVED);
        assertThat(attribution.sentence()).contains("perplexity at 512 tokens");
    }

    /** Two nats per token, and more beyond 256, so that only a verdict at 512 sees a difference. */
    private static double[] risingBeyond256(PlanWindows plan, double more) {
        double[] losses = new double[plan.count()];
        plan.windows().forEach(w -> losses[w.index()] = w.tokens() * (2 + (w.toPosition() > 256 ? more : 0)));
        return losses;
    }

    @Test
    void documentsThatDoNotServeAreRefusedInOneLine() {
        ExperimentDefinition definition = definition("lengths: [512, 2048, 3000]", "quantizer: rtn");
        List<DocumentRef> twice = new ArrayList<>(SEARCH);
        twice.add(new DocumentRef("copy", "digest-of-s0", 2000));
        refused(
                definition,
                twice,
                HELD_OUT,
                "key 'documents.search': 'copy' has the same tokens as 's0'; it would count" + " twice");
        refused(
                definition,
                SEARCH,
                List.of(new DocumentRef("h", "digest-of-s1", 2100)),
                "key 'documents.held-out': 'h' has the same tokens as the search document 's1'; held-out documents must"
                        + " be unseen");
        refused(
                definition,
                List.of(document("short", 511)),
                HELD_OUT,
                "key 'documents.search': 'short' has 511 tokens, fewer than the shortest length 512");
        refused(
                definition,
                List.of(document("short", 2048)),
                HELD_OUT,
                "key 'lengths': no search document has a token between positions 2048 and 3000 (the longest has 2048"
                        + " tokens), so length 3000 would measure nothing of its own");
        refused(definition, List.of(), HELD_OUT, "key 'documents.search' names no document");
        assertThatThrownBy(() -> StudyPlanner.plan(definition, FACTS, SEARCH, HELD_OUT, HELD_OUT))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("as the calibration document");
    }

    private static void refused(
            ExperimentDefinition definition, List<DocumentRef> search, List<DocumentRef> heldOut, String line) {
        assertThatThrownBy(() -> StudyPlanner.plan(definition, FACTS, search, heldOut, search))
                .isInstanceOf(BadInput.class)
                .hasMessage(line);
    }

    @Test
    void shortDocumentsAreNotedPerLength() {
        StudyPlan plan = plan(definition("lengths: [512, 2048]", "rope: yarn:factor=8", "quantizer: rtn"));
        assertThat(notes(plan))
                .containsExactly(
                        "1 of 2 search documents are shorter than length 2048 and count there with the tokens they have",
                        "1 of 2 held-out documents are shorter than length 2048 and count there with the tokens they have");
    }

    @Test
    void theLargestJointSearchIsPlannedAndTheNextRefusedAndThePlannersLimitIsTheSearchs() {
        // 12^3 = 1,728, 2^10 is no grid, 13^3 = 2,197.
        ExperimentDefinition largest =
                definition("lengths: 512", "quantizer: rtn", "bands: 3", "grid: 12", "search: {strategy: joint}");
        assertThat(plan(largest).studies()).hasSize(1);
        ExperimentDefinition next =
                definition("lengths: 512", "quantizer: rtn", "bands: 3", "grid: 13", "search: {strategy: joint}");
        refused(
                next,
                SEARCH,
                HELD_OUT,
                "study 01-none-rtn-w4g128-b3-shared cannot be searched: key 'search.strategy' is 'joint', which means"
                        + " 13^3 - 1 = 2196 candidates; at most 2000 are allowed: use another strategy, fewer bands or"
                        + " a smaller grid");
    }

    @Test
    void aScalingThatDoesNotFitTheModelIsRefusedBeforeTheRun() {
        for (String strategy : List.of("parabolic", "none")) {
            ExperimentDefinition unfit = definition(
                    "lengths: 512",
                    "quantizer: rtn",
                    "rope: \"longrope:short=1;2,long=2;4,original=64,factor=4\"",
                    "search: {strategy: " + strategy + "}");
            assertThatThrownBy(() -> plan(unfit))
                    .isInstanceOf(BadInput.class)
                    .hasMessageStartingWith("study 01-longrope-")
                    .hasMessageEndingWith(
                            "cannot be searched: longrope short_factor has 2 values; head_dim 16 needs 8");
        }
    }

    /** Whatever the planner lets through begins, and goes into its first round; so a coordinator never refuses it. */
    @Test
    void whatIsPlannedCanBeBegun() {
        int planned = 0;
        int refused = 0;
        for (SearchStrategy.Strategy strategy : SearchStrategy.Strategy.values()) {
            for (StoppingRule.Rule rule : StoppingRule.Rule.values()) {
                for (String rest :
                        List.of("bands: 1|grid: 3", "bands: 3|grid: 13", "bands: 8|grid: 65", "bands: 2|grid: 44")) {
                    ExperimentDefinition definition = definition(
                            "lengths: [128, 512]",
                            "quantizer: [rtn, \"rtn:bits=2,group=32,kv-bits=4\"]",
                            "mode: [shared, symmetric]",
                            "rope: [yarn:factor=4, " + LONGROPE + ", dynamic:factor=2]",
                            rest.split("\\|")[0],
                            rest.split("\\|")[1],
                            "search: {strategy: " + strategy.word()
                                    + ", max-passes: 100, screen-documents: 100, gradient-start: true,"
                                    + " window: {widest: 2, narrowest: 2, lowest: 1, highest: 1}}",
                            "stopping: {rule: " + rule.word() + ", alpha: 0.5}");
                    StudyPlan plan;
                    try {
                        plan = plan(definition);
                    } catch (BadInput e) {
                        assertThat(e).hasMessageStartingWith("study ").hasMessageNotContaining("\n");
                        refused++;
                        continue;
                    }
                    for (Study study : plan.studies()) {
                        StudyProgress progress = StudyProgress.begin(study);
                        for (TrialRequest wanted : progress.wanted()) {
                            double[] losses = new double[wanted.windowLimit()];
                            Arrays.fill(losses, 2 + planned);
                            progress = progress.with(wanted.label(), new TrialResult.Measured(losses, List.of()));
                        }
                        planned++;
                    }
                }
            }
        }
        assertThat(planned).isPositive();
        assertThat(refused).isPositive();
    }

    @Test
    void largestSweepIsPlannedInABreath() {
        List<Integer> bands = new ArrayList<>();
        for (int b = 1; b <= 250; b++) {
            bands.add(b);
        }
        ModelFacts wide = new ModelFacts("c0ffee", new RopeGeometry(512, 10_000, 256, null), 6, new NoScaling(), 256);
        List<DocumentRef> search = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            search.add(document("s" + i, 600));
        }
        ExperimentDefinition definition = definition(
                "lengths: 512",
                "quantizer: [rtn, awq, gptq, none]",
                "bands: " + bands,
                "grid: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]");
        StudyPlan plan = StudyPlanner.plan(definition, wide, search, HELD_OUT, search);
        assertThat(plan.studies()).hasSize(10_000);
        assertThat(plan.studies().stream().map(Study::id).distinct()).hasSize(10_000);
    }
}
