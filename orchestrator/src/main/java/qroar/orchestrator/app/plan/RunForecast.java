package qroar.orchestrator.app.plan;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.definition.task.ObjectiveNeedles;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.experiments.study.Study;
import qroar.experiments.study.cost.StudyForecast;
import qroar.experiments.trial.Control;
import qroar.orchestrator.app.input.AskedTask;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.needle.NeedlePlan;
import qroar.workers.tasks.Question;
import qroar.workers.tasks.Task;
import qroar.workers.tasks.TaskFile;

/**
 * What a run would take.
 *
 * @param studies in the order of the sweep
 * @param tasks that every study's models answer
 * @param speeds of the devices, in their order; null where nothing tells the time
 */
public record RunForecast(
        PlannedInput input,
        List<PlannedDevice> devices,
        List<StudyRow> studies,
        List<TaskRow> tasks,
        @Nullable Speeds speeds) {
    /** Share of a card's matrix products that long documents are assumed to reach. */
    public static final double ASSUMED_SHARE = 0.5;

    /** Rough: a token of English text has about four characters. */
    private static final int CHARACTERS_PER_TOKEN = 4;

    /** Unquantized and quantized, each with and without scales. */
    private static final int MODELS_PER_STUDY = 4;

    public RunForecast {
        devices = List.copyOf(devices);
        studies = List.copyOf(studies);
        tasks = List.copyOf(tasks);
    }

    /**
     * One study.
     *
     * @param fits how its trials go on each device, in their order
     */
    public record StudyRow(Study study, StudyForecast forecast, List<Fit> fits) {
        public StudyRow {
            fits = List.copyOf(fits);
        }

        /** Whether some device can compute it. */
        public boolean isPossible() {
            return fits.stream().anyMatch(Fit::isPossible);
        }
    }

    /**
     * A study on a device.
     *
     * @param calibration what its quantizer's calibration takes there; null where it needs none
     */
    public record Fit(
            PlannedDevice device, MemoryPlan plan, @Nullable MemoryNeed calibration) {
        public boolean isPossible() {
            MemoryNeed need = calibration;
            return plan.fits(device.memoryBytes()) && (need == null || need.total() <= device.memoryBytes());
        }
    }

    /**
     * A task.
     *
     * @param questions 0 where its file is not here
     * @param forwardTokens for one model, roughly
     * @param longestTokens of one prompt, roughly
     */
    public record TaskRow(TaskEvaluation task, int questions, long forwardTokens, int longestTokens) {}

    /**
     * Forward tokens per second.
     *
     * @param perSecond of all devices together
     * @param source how that is known
     */
    public record Speeds(double perSecond, String source) {}

    /** @param rate forward tokens per second of each device, where a person knows; null where not */
    public static RunForecast of(PlannedInput input, List<PlannedDevice> devices, @Nullable Double rate) {
        List<TaskRow> tasks =
                allTasks(input.definition()).map(RunForecast::task).toList();
        int prompt = tasks.stream().mapToInt(TaskRow::longestTokens).max().orElse(0);
        Set<TrialSpec> known = new HashSet<>();
        List<StudyRow> rows = new ArrayList<>();
        for (Study study : input.plan().studies()) {
            List<Fit> fits = devices.stream()
                    .map(device -> fit(input, study, device, prompt))
                    .toList();
            rows.add(new StudyRow(study, StudyForecast.of(study, known), fits));
        }
        return new RunForecast(input, devices, rows, tasks, speeds(input, devices, rate));
    }

    /** Those that an objective is judged by are tasks too. */
    private static Stream<TaskEvaluation> allTasks(ExperimentDefinition definition) {
        ObjectiveNeedles needles = definition.needles();
        Stream<TaskEvaluation> reported =
                needles == null ? Stream.of() : needles.reported().stream().map(TaskEvaluation::of);
        return Stream.concat(reported, definition.tasks().stream()).distinct();
    }

    /** @param prompt tokens of the longest prompt of a task, which is read in one pass as a document is */
    private static Fit fit(PlannedInput input, Study study, PlannedDevice device, int prompt) {
        Checkpoint checkpoint = input.checkpoint();
        EvaluationPlan longer =
                longest(study.heldOutPlan()) > longest(study.searchPlan()) ? study.heldOutPlan() : study.searchPlan();
        MemoryPlan.Passes documents = MemoryPlan.Passes.of(
                        longer, TrialSpec.Probe.LOSSES, study.precision(), device.kind(), device.workers())
                .in(study.partition().layers());
        MemoryPlan.Passes passes = prompt > documents.longest() ? documents.ofAtMost(prompt) : documents;
        MemoryPlan plan = MemoryPlan.choose(checkpoint, passes, MemoryPlan.Wish.AUTO, device.memoryBytes());
        MemoryNeed calibration = study.quantization().weights().isCalibrated()
                ? MemoryNeed.ofQuantizing(
                        checkpoint,
                        study.quantization().weights(),
                        new CalibrationSize(
                                study.calibration().sequences(),
                                study.calibration().lengthTokens()))
                : null;
        return new Fit(device, plan, calibration);
    }

    private static int longest(EvaluationPlan plan) {
        int longest = 0;
        for (int document = 0; document < plan.documents().size(); document++) {
            longest = Math.max(longest, plan.positions(document));
        }
        return longest;
    }

    private static TaskRow task(TaskEvaluation task) {
        TaskEvaluation.Needles needles = task.needles();
        if (needles != null) {
            NeedlePlan asked = AskedTask.plan(needles);
            long tokens =
                    asked.cells().stream().mapToLong(NeedlePlan.Cell::length).sum() * asked.samples();
            int longest =
                    asked.lengths().stream().mapToInt(length -> length).max().orElse(0);
            return new TaskRow(task, asked.questions(), tokens, longest);
        }
        if (!Files.exists(task.questions())) {
            return new TaskRow(task, 0, 0, 0);
        }
        List<Question> all = TaskFile.read(Task.ofWord(task.task()), task.questions(), task.labels());
        List<Question> asked = task.limit() == 0 ? all : all.subList(0, Math.min(task.limit(), all.size()));
        long characters = 0;
        long most = 0;
        for (Question question : asked) {
            long longest = question.choices().stream()
                    .mapToLong(choice ->
                            choice.context().length() + choice.answer().length())
                    .max()
                    .orElse(0);
            characters += longest * (1 + task.shots());
            most = Math.max(most, longest * (1 + task.shots()));
        }
        return new TaskRow(
                task, asked.size(), characters / CHARACTERS_PER_TOKEN, Math.toIntExact(most / CHARACTERS_PER_TOKEN));
    }

    private static @Nullable Speeds speeds(PlannedInput input, List<PlannedDevice> devices, @Nullable Double rate) {
        if (rate != null) {
            return new Speeds(rate * devices.size(), "--rate");
        }
        double sum = 0;
        for (PlannedDevice device : devices) {
            Double teraflops = device.knownTeraflops();
            if (teraflops == null) {
                return null;
            }
            sum += ASSUMED_SHARE * teraflops * 1e12 / flopsPerToken(input);
        }
        return new Speeds(
                sum,
                devices.stream().allMatch(PlannedDevice::isHere)
                        ? "half of the matrix products measured here just now; the half is an assumption"
                        : "half of the cards' 16-bit matrix products, an assumption; measure with qroar bench or give"
                                + " --rate");
    }

    /** Products of a forward pass per token: two per weight of a linear, and attention over half of a document. */
    static double flopsPerToken(PlannedInput input) {
        Checkpoint checkpoint = input.checkpoint();
        ModelConfig config = checkpoint.config();
        EvaluationPlan plan = input.plan().studies().get(0).searchPlan();
        double squares = 0;
        for (int document = 0; document < plan.documents().size(); document++) {
            squares += (double) plan.positions(document) * plan.positions(document);
        }
        double context = squares / plan.forwardTokens() / 2;
        double embedding = config.tiedEmbeddings() ? 0 : checkpoint.embedding().elements();
        return 2 * (checkpoint.parameterCount() - embedding)
                + 4.0 * config.layerCount() * config.headCount() * config.headDim() * context;
    }

    /** Forward tokens at least, tasks among them. */
    public long leastTokens() {
        return studies.stream().mapToLong(row -> row.forecast().leastTokens()).sum() + taskTokens();
    }

    /** Forward tokens at most, tasks among them. */
    public long mostTokens() {
        return studies.stream().mapToLong(row -> row.forecast().mostTokens()).sum() + taskTokens();
    }

    /** Of all tasks and models, roughly. */
    public long taskTokens() {
        return studies.size()
                * tasks.stream()
                        .mapToLong(task -> models(task) * task.forwardTokens())
                        .sum();
    }

    /** Models of a study that a task is put to, the draws of controls among them; at most, for a draw may be there already. */
    long models(TaskRow task) {
        long controls = task.task().needles() == null
                ? 0
                : input.definition().search().controls().stream()
                        .mapToInt(Control::draws)
                        .sum();
        return MODELS_PER_STUDY + controls;
    }

    public long heldOutTokens() {
        return studies.stream()
                .mapToLong(row -> row.forecast().heldOut().forwardTokens())
                .sum();
    }

    /**
     * Held-out tokens that are read only because the trained window is longer than every length asked for; 0 where it is
     * one of them or shorter or the experiment chooses held-out lengths itself, for one reading gives all lengths.
     */
    public long trainedWindowTokens() {
        if (input.definition().heldOut().choosesLengths()) {
            return 0;
        }
        int asked =
                input.definition().lengths().get(input.definition().lengths().size() - 1);
        long more = 0;
        for (StudyRow row : studies) {
            EvaluationPlan plan = row.study().heldOutPlan();
            long each = 0;
            for (int document = 0; document < plan.documents().size(); document++) {
                each += Math.max(0, plan.positions(document) - asked);
            }
            more += each * row.forecast().heldOut().trials();
        }
        return more;
    }

    /** Whether every study fits some device. */
    public boolean isPossible() {
        return studies.stream().allMatch(StudyRow::isPossible);
    }
}
