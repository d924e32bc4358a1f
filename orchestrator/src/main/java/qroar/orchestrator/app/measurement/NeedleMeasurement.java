package qroar.orchestrator.app.measurement;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.app.model.LoadedModel;
import qroar.protocol.BadInput;
import qroar.protocol.needle.HaystackKind;
import qroar.protocol.needle.NeedleTask;
import qroar.protocol.needle.NeedleTasks;
import qroar.workers.needle.HaystackText;
import qroar.workers.needle.NeedlePlan;
import qroar.workers.needle.NeedlePrompt;
import qroar.workers.needle.NeedlePrompts;
import qroar.workers.needle.NeedleScore;
import qroar.workers.needle.NeedleScorer;
import qroar.workers.text.Tokenizer;

/** Needles in haystacks: what one model finds, by depth and length. */
public final class NeedleMeasurement {

    private final Settings settings;
    private final List<NeedlePlan> plans = new ArrayList<>();
    private final @Nullable HaystackText text;

    /**
     * What is asked.
     *
     * @param tasks specs of {@link NeedleTasks}
     * @param haystack texts for tasks that hide their needles in one
     * @param lengths in tokens, {@code depths} in per cent or empty where they are drawn
     * @param samples of each length and depth
     * @param generate whether the model also answers by itself
     */
    public record Settings(
            List<String> tasks,
            List<Path> haystack,
            List<Integer> lengths,
            List<Double> depths,
            int samples,
            long seed,
            boolean generate) {
        public Settings {
            tasks = List.copyOf(tasks);
            haystack = List.copyOf(haystack);
            lengths = List.copyOf(lengths);
            depths = List.copyOf(depths);
        }
    }

    private NeedleMeasurement(Settings settings) {
        this.settings = settings;
        for (String spec : settings.tasks()) {
            NeedleTask task = NeedleTasks.parse(spec);
            if (plans.stream().anyMatch(plan -> plan.task().equals(task))) {
                throw new BadInput("--task " + spec + " is given twice");
            }
            try {
                plans.add(new NeedlePlan(
                        task, settings.lengths(), settings.depths(), settings.samples(), settings.seed()));
            } catch (IllegalArgumentException e) {
                throw new BadInput("--" + e.getMessage(), e);
            }
        }
        boolean wanted = plans.stream().anyMatch(plan -> plan.task().haystack() == HaystackKind.TEXT);
        if (!wanted && !settings.haystack().isEmpty()) {
            throw new BadInput("--haystack " + settings.haystack().get(0)
                    + ": no task hides its needles in a text; add haystack=text to one that can");
        }
        text = settings.haystack().isEmpty() ? null : HaystackText.read(settings.haystack());
        for (NeedlePlan plan : plans) {
            NeedlePrompts.requireText(plan.task(), text);
        }
    }

    /**
     * Reads specs and texts.
     *
     * @throws BadInput in one line naming the option or file
     */
    public static NeedleMeasurement read(Settings settings) {
        return new NeedleMeasurement(settings);
    }

    /** Makes the questions, loads the model and lets it answer; tells on standard error how far it is. */
    public NeedleAnswers of(ChosenModel model, ChosenScales scales) {
        Map<NeedlePlan, List<NeedleScore>> scored = new LinkedHashMap<>();
        try (DocumentReader reader = new DocumentReader(model.checkpoint());
                Tokenizer tokenizer = Tokenizer.open(model.checkpoint())) {
            model.tell(tokenizer.notes());
            Map<NeedlePlan, List<NeedlePrompt>> prompts = new LinkedHashMap<>();
            for (NeedlePlan plan : plans) {
                prompts.put(plan, new NeedlePrompts(plan, tokenizer, text).all());
            }
            int longest = prompts.values().stream()
                    .flatMap(List::stream)
                    .mapToInt(NeedlePrompt::positions)
                    .max()
                    .orElseThrow();
            try (LoadedModel loaded = model.loadForDocumentOrder(reader, longest, scales)) {
                NeedleScorer scorer = new NeedleScorer(loaded.model(), model.rope(), scales.scales());
                prompts.forEach((plan, asked) -> scored.put(plan, score(plan, asked, scorer, tokenizer)));
                model.noteNonFinite(
                        loaded.model(),
                        scored.values().stream()
                                .flatMap(List::stream)
                                .mapToDouble(NeedleScore::sumNats)
                                .toArray(),
                        "answers' losses");
            }
        }
        return new NeedleAnswers(scored, settings.generate());
    }

    private List<NeedleScore> score(
            NeedlePlan plan, List<NeedlePrompt> prompts, NeedleScorer scorer, Tokenizer tokenizer) {
        List<NeedleScore> scores = new ArrayList<>();
        QuestionProgress progress = new QuestionProgress(NeedleTasks.format(plan.task()), prompts.size());
        for (NeedlePrompt prompt : prompts) {
            scores.add(settings.generate() ? scorer.scoreAndGenerate(prompt, tokenizer::decode) : scorer.score(prompt));
            progress.answered(scores.size());
        }
        return scores;
    }
}
