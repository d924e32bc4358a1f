package qroar.orchestrator.app.plan;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.DocumentSource;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.definition.ExperimentFile;
import qroar.experiments.definition.Overrides;
import qroar.experiments.plan.ModelFacts;
import qroar.experiments.plan.StudyPlan;
import qroar.experiments.plan.StudyPlanner;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.input.ObjectiveQuestions;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.app.input.TrainedWindow;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.trial.DocumentRef;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.quantize.RaggedGroups;
import qroar.workers.text.TokenizedDocument;

/**
 * An experiment as far as it is here. Weights are not read, not even for their digest; what is absent is assumed, and said.
 *
 * @param checkpoint the model, or the shapes of one
 * @param plan the studies
 * @param warnings what the run would say
 * @param assumptions what is not here, and what is planned in its stead
 */
public record PlannedInput(
        ExperimentDefinition definition,
        Checkpoint checkpoint,
        StudyPlan plan,
        List<String> warnings,
        List<String> assumptions) {
    private static final String CONFIG = "config.json";

    public PlannedInput {
        warnings = List.copyOf(warnings);
        assumptions = List.copyOf(assumptions);
    }

    /**
     * What stands for what is absent.
     *
     * @param modelConfig a {@code config.json} in place of the experiment's model; null for the model
     * @param documents how many a pattern that finds none stands for, at least 1
     * @param documentTokens tokens of an absent document; null for the longest length
     */
    public record Assumed(
            @Nullable Path modelConfig,
            int documents,
            @Nullable Integer documentTokens) {
        public Assumed {
            if (documents < 1) {
                throw new BadInput("--assume-documents " + documents + " must be at least 1");
            }
            if (documentTokens != null && documentTokens < 2) {
                throw new BadInput("--assume-tokens " + documentTokens + " must be at least 2");
            }
        }
    }

    /**
     * Reads what is here.
     *
     * @param overrides keys of the command line
     * @param devices that the run would compute on, for a precision that is left open
     * @throws BadInput in one line, for whatever a run would be refused for, absent files excepted
     */
    public static PlannedInput read(Path file, Overrides overrides, Assumed assumed, List<PlannedDevice> devices) {
        ExperimentDefinition written = ExperimentFile.outline(file, System.getenv(), assumed.documents(), overrides);
        List<String> assumptions = new ArrayList<>();
        Checkpoint checkpoint = checkpoint(written.model().directory(), assumed.modelConfig(), assumptions);
        ExperimentDefinition definition = written.in(PrecisionChoice.resolved(
                written.model().precision(),
                devices.stream().map(PlannedDevice::kind).toList(),
                checkpoint));
        ModelFacts facts = new ModelFacts(
                "not read",
                checkpoint.config().geometry(),
                checkpoint.config().layerCount(),
                checkpoint.config().ropeScaling(),
                TrainedWindow.of(checkpoint.config()),
                written.model().control() == null ? null : "not read");
        int longest = Stream.of(definition.lengths(), definition.heldOut().lengths())
                .flatMap(List::stream)
                .max(Integer::compare)
                .orElseThrow();
        int tokens = assumed.documentTokens() == null ? longest : assumed.documentTokens();
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            Reading reading = new Reading(reader, checkpoint, tokens, assumptions);
            List<DocumentRef> search =
                    reading.refs("search", definition.documents().search());
            List<DocumentRef> heldOut =
                    reading.refs("held-out", definition.documents().heldOut());
            List<DocumentRef> calibration = definition
                            .documents()
                            .calibration()
                            .equals(definition.documents().search())
                    ? search
                    : reading.refs("calibration", definition.documents().calibration());
            StudyPlan plan = StudyPlanner.plan(
                    definition,
                    facts,
                    search,
                    heldOut,
                    calibration,
                    List.of(),
                    ObjectiveQuestions.planned(definition.needles(), checkpoint, reading.hasTokenizer()));
            Set<String> warnings = new LinkedHashSet<>(checkpoint.notes());
            for (PlannedDevice device : devices) {
                String slower = PrecisionChoice.note(definition.precision(), device.kind());
                if (slower != null) {
                    warnings.add(slower);
                }
            }
            warnings.addAll(reader.notes());
            plan.notes().forEach(note -> warnings.add(note.toString()));
            for (Study study : plan.studies()) {
                String ragged = RaggedGroups.note(checkpoint.config(), study.quantization());
                if (ragged != null) {
                    warnings.add(ragged);
                }
            }
            return new PlannedInput(definition, checkpoint, plan, List.copyOf(warnings), assumptions);
        }
    }

    private static Checkpoint checkpoint(Path model, @Nullable Path config, List<String> assumptions) {
        if (config != null) {
            assumptions.add("the model is what " + config + " says; its weights are not looked at");
            return Checkpoint.outline(config);
        }
        if (Files.exists(model.resolve(CONFIG)) && !hasWeights(model)) {
            assumptions.add(model + " has a config.json and no weights; they are assumed as it says");
            return Checkpoint.outline(model.resolve(CONFIG));
        }
        if (!Files.exists(model)) {
            throw new BadInput("model " + model + " is not here; give --model-config FILE, its config.json");
        }
        return Checkpoint.open(model);
    }

    private static boolean hasWeights(Path model) {
        return Files.exists(model.resolve("model.safetensors"))
                || Files.exists(model.resolve("model.safetensors.index.json"));
    }

    /** Documents, read where they are here. */
    private record Reading(DocumentReader reader, Checkpoint checkpoint, int absentTokens, List<String> assumptions) {
        List<DocumentRef> refs(String set, List<DocumentSource> sources) {
            List<DocumentRef> refs = new ArrayList<>();
            int absent = 0;
            for (DocumentSource source : sources) {
                if (Files.exists(source.file()) && (isTokens(source) || hasTokenizer())) {
                    reader.read(List.of(source)).stream()
                            .map(TokenizedDocument::ref)
                            .forEach(refs::add);
                } else {
                    List<DocumentRef> assumed = assumed(set, source);
                    absent += assumed.size();
                    refs.addAll(assumed);
                }
            }
            if (absent > 0) {
                assumptions.add(absent + " of " + refs.size() + " " + set
                        + " documents are not here, or no tokenizer is; each is planned with " + absentTokens
                        + " tokens (--assume-documents, --assume-tokens)");
            }
            return refs;
        }

        private static boolean isTokens(DocumentSource source) {
            return source instanceof DocumentSource.TokenFile;
        }

        private boolean hasTokenizer() {
            return checkpoint.isGguf() || Files.exists(checkpoint.directory().resolve("tokenizer.json"));
        }

        private List<DocumentRef> assumed(String set, DocumentSource source) {
            int count = 1;
            int tokens = absentTokens;
            if (source instanceof DocumentSource.PackedStories packed) {
                count = packed.count();
                tokens = packed.tokensPerDocument();
            }
            List<DocumentRef> refs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                String name = source.file().getFileName() + (count == 1 ? "" : "#" + (i + 1));
                refs.add(new DocumentRef(name, Sha256.hex(set + source.file() + i), tokens));
            }
            return refs;
        }
    }

    /** Context lengths in tokens that held-out documents are measured at. */
    public List<Integer> heldOutLengths() {
        return plan.studies().get(0).heldOutPlan().lengths();
    }

    /** Documents of each set. */
    public Map<String, Integer> documents() {
        Study any = plan.studies().get(0);
        return Map.of(
                "search", any.textPlan().documents().size(),
                "held-out", any.heldOutPlan().documents().size());
    }
}
