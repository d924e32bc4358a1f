package qroar.orchestrator.app.tasks;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.experiments.definition.TaskEvaluation;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.trial.Setting;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.band.BandScales;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;
import qroar.protocol.trial.TrialSpec;
import qroar.reports.model.TaskScore;
import qroar.workers.measure.ModelShelf;
import qroar.workers.model.DecoderModel;
import qroar.workers.tasks.ChoiceScorer;
import qroar.workers.tasks.FewShot;
import qroar.workers.tasks.Question;
import qroar.workers.tasks.ScoredQuestion;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskAccuracy;
import qroar.workers.tasks.TaskFile;
import qroar.workers.text.Tokenizer;

/**
 * Multiple-choice tasks of a finished run: each study's four models answer them. A score is kept in {@code tasks.json}
 * under the key of the model's function and the content of the task's files as soon as it is there, so equal models
 * answer once and an interrupted evaluation goes on where it was.
 */
public final class StudyTasks {
    /** A few hundred for each score. */
    private static final long MAX_BYTES = 64 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(StudyTasks.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final long FEW_SHOT_SEED = 1234;
    private static final int USUAL_POSITIONS = 4096;

    private final ExperimentInput input;
    private final Path file;
    private final Map<TaskEvaluation, Asked> asked = new LinkedHashMap<>();
    private final Map<String, TaskAccuracy> known;
    private int modelLoads;
    private int quantizations;

    private StudyTasks(ExperimentInput input, Path file, Map<String, TaskAccuracy> known) {
        this.input = input;
        this.file = file;
        this.known = known;
    }

    /** Where models come from. */
    @FunctionalInterface
    public interface Models {
        /** @param positions of the longest pass */
        ModelShelf<DecoderModel>.Loan lend(TrialSpec spec, int positions);
    }

    /** A task as read. */
    private record Asked(Task task, List<Question> questions, FewShot fewShot, String digest) {}

    /**
     * Reads the tasks' files and the scores that are there already.
     *
     * @throws qroar.protocol.BadInput in one line, when a file is not what its task needs
     */
    public static StudyTasks read(ExperimentInput input, Path runDirectory) {
        Path file = runDirectory.resolve("tasks.json");
        StudyTasks tasks = new StudyTasks(input, file, scores(file));
        for (TaskEvaluation evaluation : input.definition().tasks()) {
            tasks.asked.put(evaluation, tasks.asked(evaluation));
        }
        return tasks;
    }

    private static Map<String, TaskAccuracy> scores(Path file) {
        if (!Files.exists(file)) {
            return new LinkedHashMap<>();
        }
        try {
            return JSON.readValue(
                    InputFile.bytes(file, MAX_BYTES), new TypeReference<LinkedHashMap<String, TaskAccuracy>>() {});
        } catch (IOException | BadInput e) {
            LOG.warn("{} is not readable and its tasks are evaluated again: {}", file, e.getMessage());
            return new LinkedHashMap<>();
        }
    }

    private Asked asked(TaskEvaluation evaluation) {
        Task task = Task.ofWord(evaluation.task());
        List<Question> all = TaskFile.read(task, evaluation.file(), evaluation.labels());
        int count = evaluation.limit() == 0 ? all.size() : Math.min(evaluation.limit(), all.size());
        Path examples = evaluation.fewShot();
        FewShot fewShot = evaluation.shots() == 0
                ? FewShot.none()
                : new FewShot(
                        examples == null ? all : TaskFile.read(task, examples, null),
                        evaluation.shots(),
                        FEW_SHOT_SEED);
        String digest = Sha256.hex(task.word() + " shots=" + evaluation.shots() + " " + all.subList(0, count)
                + " examples=" + fewShot.pool());
        return new Asked(task, all.subList(0, count), fewShot, digest);
    }

    /**
     * Evaluates what is missing.
     *
     * @param stopRequested asked between questions
     * @return whether everything is there
     */
    public boolean complete(RunState state, Models models, BooleanSupplier stopRequested) {
        if (asked.isEmpty()) {
            return true;
        }
        try (Tokenizer tokenizer = Tokenizer.open(input.checkpoint())) {
            for (int study = 0; study < state.progress().size(); study++) {
                for (Setting variant : Setting.values()) {
                    TrialSpec spec = spec(state, study, variant);
                    for (Asked task : asked.values()) {
                        if (spec != null
                                && !known.containsKey(key(spec, task))
                                && !answer(spec, task, models, tokenizer, stopRequested)) {
                            return false;
                        }
                    }
                }
            }
        }
        return true;
    }

    private boolean answer(
            TrialSpec spec, Asked task, Models models, Tokenizer tokenizer, BooleanSupplier stopRequested) {
        List<ScoredQuestion> scored = new ArrayList<>();
        try (ModelShelf<DecoderModel>.Loan loan = models.lend(spec, positions())) {
            if (loan.provenance() == ModelShelf.Provenance.LOADED) {
                modelLoads++;
                quantizations += spec.quantization().isNone() ? 0 : 1;
            }
            ChoiceScorer scorer =
                    new ChoiceScorer(loan.model(), spec.rope(), spec.scales(), tokenizer, ChoiceScorer.UNLIMITED);
            for (int place = 0; place < task.questions().size(); place++) {
                if (stopRequested.getAsBoolean()) {
                    return false;
                }
                scored.add(scorer.score(task.questions().get(place), place, task.fewShot()));
            }
        }
        known.put(key(spec, task), TaskAccuracy.of(scored));
        try {
            AtomicFile.write(file, JSON.writeValueAsString(known));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("scores are always JSON", e);
        }
        return true;
    }

    /** Few questions are longer, with their examples. */
    private int positions() {
        return Math.min(USUAL_POSITIONS, input.checkpoint().config().geometry().maxPositions());
    }

    /** Models loaded by this process to answer. */
    public int modelLoads() {
        return modelLoads;
    }

    /** How many of these with a quantizer. */
    public int quantizations() {
        return quantizations;
    }

    /** Scores of a study, as far as they are there. */
    public List<TaskScore> of(RunState state, int study) {
        List<TaskScore> scores = new ArrayList<>();
        asked.forEach((evaluation, task) -> {
            for (Setting variant : Setting.values()) {
                TrialSpec spec = spec(state, study, variant);
                TaskAccuracy accuracy = spec == null ? null : known.get(key(spec, task));
                if (accuracy != null) {
                    scores.add(new TaskScore(
                            evaluation.task(),
                            evaluation.shots(),
                            variant,
                            accuracy.questions(),
                            accuracy.accuracy(),
                            accuracy.accuracyStandardError(),
                            accuracy.normalised(),
                            accuracy.normalisedStandardError()));
                }
            }
        });
        return scores;
    }

    /** The model of a variant; null for scaled ones before the study has chosen its scales. */
    private static @Nullable TrialSpec spec(RunState state, int number, Setting variant) {
        Study study = state.plan().studies().get(number);
        StudyOutcome outcome = state.progress().get(number).outcome();
        if (variant.isScaled() && !state.progress().get(number).isDone()) {
            return null;
        }
        Study.Weights weights = variant.isQuantized() ? study.quantized() : study.unquantized();
        return new TrialSpec(
                weights.checkpointDigest(),
                study.precision(),
                weights.quantization(),
                study.calibration(),
                study.rope(),
                variant.isScaled() ? outcome.scales() : BandScales.identity(study.partition(), study.mode()),
                study.heldOutPlan(),
                TrialSpec.Probe.LOSSES);
    }

    private static String key(TrialSpec spec, Asked task) {
        return task.task().word() + " " + task.digest() + " " + spec.key().hex();
    }
}
