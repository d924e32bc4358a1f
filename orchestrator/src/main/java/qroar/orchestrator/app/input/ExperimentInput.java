package qroar.orchestrator.app.input;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.definition.ExperimentFile;
import qroar.experiments.definition.Overrides;
import qroar.experiments.plan.Fingerprint;
import qroar.experiments.plan.ModelFacts;
import qroar.experiments.plan.StudyPlan;
import qroar.experiments.plan.StudyPlanner;
import qroar.experiments.study.Study;
import qroar.protocol.trial.DocumentRef;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.items.ScoredItem;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.quantize.RaggedGroups;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;

/**
 * An experiment with everything it names opened and read.
 *
 * @param definition the experiment file
 * @param checkpoint the model, headers checked, weights not loaded
 * @param texts what is read
 * @param plan the studies, and among its notes those below
 * @param notes what was read otherwise than it may look
 * @param fingerprint of everything that may change a number
 * @param control the same model without quantization, where the checkpoint's own is studied; or null
 */
public record ExperimentInput(
        ExperimentDefinition definition,
        Checkpoint checkpoint,
        ModelFacts facts,
        Texts texts,
        StudyPlan plan,
        List<String> notes,
        Fingerprint fingerprint,
        @Nullable Checkpoint control) {
    public ExperimentInput {
        notes = List.copyOf(notes);
    }

    /**
     * What a run reads.
     *
     * @param search documents to search on
     * @param heldOut documents to report on
     * @param calibration documents to calibrate on
     * @param tasks that models are put to, those among them that an objective is judged by
     * @param questions that an objective is searched on
     */
    public record Texts(
            List<TokenizedDocument> search,
            List<TokenizedDocument> heldOut,
            List<TokenizedDocument> calibration,
            List<AskedTask> tasks,
            List<TokenizedDocument> questions) {
        public Texts {
            search = List.copyOf(search);
            heldOut = List.copyOf(heldOut);
            calibration = List.copyOf(calibration);
            tasks = List.copyOf(tasks);
            questions = List.copyOf(questions);
        }
    }

    /** Documents to search on. */
    public List<TokenizedDocument> search() {
        return texts.search();
    }

    /** Documents to report on. */
    public List<TokenizedDocument> heldOut() {
        return texts.heldOut();
    }

    /** Documents to calibrate on. */
    public List<TokenizedDocument> calibration() {
        return texts.calibration();
    }

    /** Tasks that models are put to. */
    public List<AskedTask> tasks() {
        return texts.tasks();
    }

    /** The same for reading content: a precision that is left open is float32. */
    public static ExperimentInput read(Path experimentFile, Path cacheDirectory) {
        return read(experimentFile, Overrides.NONE, cacheDirectory, List.of());
    }

    /** The experiment of a run that is there, from the file that the run keeps. */
    public static ExperimentInput recorded(Path kept, Path cacheDirectory) {
        return of(ExperimentFile.recorded(kept), cacheDirectory, List.of());
    }

    /**
     * An experiment for a new run.
     *
     * @param overrides keys of the command line
     * @param devices on which a new run computes, for the precision of a file that leaves it open
     * @param cacheDirectory where digests of large checkpoints are remembered between runs
     * @throws qroar.protocol.BadInput in one line, whatever is wrong with the file or what it names
     */
    public static ExperimentInput read(
            Path experimentFile, Overrides overrides, Path cacheDirectory, Collection<TorchDevice> devices) {
        return of(ExperimentFile.read(experimentFile, overrides), cacheDirectory, devices);
    }

    private static ExperimentInput of(
            ExperimentDefinition written, Path cacheDirectory, Collection<TorchDevice> devices) {
        Checkpoint checkpoint = Checkpoint.open(written.model().directory());
        ExperimentDefinition definition =
                written.in(PrecisionChoice.resolved(written.model().precision(), devices, checkpoint));
        Checkpoint control = StoredControl.of(definition, checkpoint);
        ModelFacts facts = new ModelFacts(
                checkpoint.digest(cacheDirectory),
                checkpoint.config().geometry(),
                checkpoint.config().layerCount(),
                checkpoint.config().ropeScaling(),
                TrainedWindow.of(checkpoint.config()),
                control == null ? null : control.digest(cacheDirectory));
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            List<TokenizedDocument> search = reader.read(definition.documents().search());
            List<TokenizedDocument> heldOut = reader.read(definition.documents().heldOut());
            List<TokenizedDocument> calibration =
                    reader.read(definition.documents().calibration());
            List<DocumentRef> searched = DocumentReader.refs(search);
            List<DocumentRef> held = DocumentReader.refs(heldOut);
            List<DocumentRef> calibrated = DocumentReader.refs(calibration);
            ObjectiveQuestions questions = ObjectiveQuestions.of(definition.needles(), checkpoint);
            List<AskedTask> tasks = AskedTask.joined(questions.tasks(), AskedTask.all(definition.tasks(), checkpoint));
            StudyPlan plan = StudyPlanner.plan(
                    definition,
                    facts,
                    searched,
                    held,
                    calibrated,
                    tasks.stream().map(AskedTask::scored).toList(),
                    questions.asked());
            List<String> notes = notes(checkpoint, reader, plan);
            Fingerprint fingerprint = Fingerprint.of(definition, facts, searched, held, calibrated, questions.asked());
            return new ExperimentInput(
                    definition,
                    checkpoint,
                    facts,
                    new Texts(search, heldOut, calibration, tasks, questions.searched()),
                    plan.withNotes(notes),
                    notes,
                    fingerprint,
                    control);
        }
    }

    private static List<String> notes(Checkpoint checkpoint, DocumentReader reader, StudyPlan plan) {
        Set<String> notes = new LinkedHashSet<>(checkpoint.notes());
        notes.addAll(reader.notes());
        for (Study study : plan.studies()) {
            String ragged = RaggedGroups.note(checkpoint.config(), study.quantization());
            if (ragged != null) {
                notes.add(ragged);
            }
        }
        return List.copyOf(notes);
    }

    /** Everything that trials of it name, by digest. */
    public LocalCatalog catalog() {
        Map<String, Checkpoint> checkpoints = new LinkedHashMap<>();
        checkpoints.put(facts.checkpointDigest(), checkpoint);
        if (control != null && facts.controlDigest() != null) {
            checkpoints.put(facts.controlDigest(), control);
        }
        return new LocalCatalog(checkpoints, documents(), items());
    }

    /** All items of tasks by digest. */
    public Map<String, ScoredItem> items() {
        return tasks().stream()
                .flatMap(task -> task.items().stream())
                .collect(Collectors.toMap(item -> item.ref().digest(), item -> item, (a, b) -> a));
    }

    /** All documents by digest. */
    public Map<String, TokenizedDocument> documents() {
        return Stream.of(search(), heldOut(), calibration(), texts.questions())
                .flatMap(List::stream)
                .collect(Collectors.toMap(d -> d.ref().digest(), d -> d, (a, b) -> a));
    }
}
