package qroar.orchestrator.app.input;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.task.ObjectiveNeedles;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.experiments.objective.Questions;
import qroar.experiments.plan.AskedQuestions;
import qroar.experiments.study.ScoredTask;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.needle.NeedleTasks;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.needle.HaystackText;
import qroar.workers.needle.NeedlePlan;
import qroar.workers.needle.NeedlePrompt;
import qroar.workers.needle.NeedlePrompts;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.text.Tokenizer;

/**
 * The questions of an objective, made and tokenized. Candidates answer theirs as documents, of which the answer alone is scored;
 * those that scales are judged by are tasks as any other, whose trials tell exact matches besides.
 *
 * @param searched context and answer of each question that is searched on
 * @param tasks that ask what is held out
 * @param asked what studies need to know of both
 */
public record ObjectiveQuestions(List<TokenizedDocument> searched, List<AskedTask> tasks, AskedQuestions asked) {
    private static final ObjectiveQuestions NONE = new ObjectiveQuestions(List.of(), List.of(), AskedQuestions.NONE);

    public ObjectiveQuestions {
        searched = List.copyOf(searched);
        tasks = List.copyOf(tasks);
    }

    /**
     * Makes them all; none where the experiment's objective asks nothing.
     *
     * @throws BadInput in one line, when a length has no room for its question, or an answer no tokens
     */
    static ObjectiveQuestions of(@Nullable ObjectiveNeedles needles, Checkpoint checkpoint) {
        if (needles == null) {
            return NONE;
        }
        try (Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            List<NeedlePrompt> prompts = prompts(needles, needles.samples(), tokenizer);
            List<TokenizedDocument> searched = new ArrayList<>();
            List<Integer> scoredFrom = new ArrayList<>();
            for (NeedlePrompt prompt : prompts) {
                searched.add(TokenizedDocument.of(name(prompt), prompt.tokens()));
                scoredFrom.add(prompt.context().length);
            }
            List<AskedTask> tasks = new ArrayList<>();
            for (TaskEvaluation.Needles kind : needles.reported()) {
                tasks.add(AskedTask.of(TaskEvaluation.of(kind), kind, tokenizer));
            }
            requireUnseen(searched, tasks);
            Questions search = new Questions(
                    searched.stream().map(TokenizedDocument::ref).toList(), scoredFrom, needles.perRound());
            return new ObjectiveQuestions(searched, tasks, asked(search, tasks, needles));
        } catch (BadInput refused) {
            throw refused(refused);
        }
    }

    private static BadInput refused(BadInput cause) {
        return new BadInput("key 'needles': " + cause.getMessage(), cause);
    }

    /** Round by round, in each every kind at every length and depth. */
    private static List<NeedlePrompt> prompts(ObjectiveNeedles needles, int rounds, Tokenizer tokenizer) {
        HaystackText text = needles.haystack().isEmpty() ? null : HaystackText.read(needles.haystack());
        List<NeedlePrompt> prompts = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            for (TaskEvaluation.Needles kind : needles.searched()) {
                NeedlePlan plan = AskedTask.plan(kind);
                NeedlePrompts maker = new NeedlePrompts(plan, tokenizer, text);
                for (NeedlePlan.Cell cell : plan.cells()) {
                    prompts.add(maker.prompt(cell, round));
                }
            }
        }
        return prompts;
    }

    private static String name(NeedlePrompt prompt) {
        Double depth = prompt.depthPercent();
        return String.format(
                Locale.ROOT,
                "question %d of %d tokens, depth %s",
                prompt.sample() + 1,
                prompt.cell().length(),
                depth == null ? "drawn" : String.format(Locale.ROOT, "%.0f %%", depth));
    }

    private static void requireUnseen(List<TokenizedDocument> searched, List<AskedTask> tasks) {
        Set<String> seen = new HashSet<>();
        searched.forEach(question -> seen.add(question.ref().digest()));
        for (AskedTask task : tasks) {
            task.items().stream()
                    .flatMap(item -> item.prompts().stream())
                    .filter(prompt -> seen.contains(TokenizedDocument.of("question", prompt.whole())
                            .ref()
                            .digest()))
                    .findFirst()
                    .ifPresent(same -> {
                        throw new BadInput("both seeds make the same question of "
                                + task.evaluation().task() + "; what is reported must be unseen: give another seed");
                    });
        }
    }

    private static AskedQuestions asked(Questions search, List<AskedTask> tasks, ObjectiveNeedles needles) {
        List<ScoredTask> scored = tasks.stream().map(AskedTask::scored).toList();
        return new AskedQuestions(search, heldOut(scored, needles), scored, needles.samples());
    }

    /** The items of tasks, cell by cell in each, in the order of rounds. */
    private static Questions heldOut(List<ScoredTask> tasks, ObjectiveNeedles needles) {
        List<DocumentRef> documents = new ArrayList<>();
        List<Integer> scoredFrom = new ArrayList<>();
        for (int round = 0; round < needles.samples(); round++) {
            for (ScoredTask task : tasks) {
                List<ItemRef> items = task.plan().items();
                for (int item = round; item < items.size(); item += needles.samples()) {
                    ItemRef.Continuation answer =
                            items.get(item).continuations().get(0);
                    documents.add(new DocumentRef("question", items.get(item).digest(), answer.toToken()));
                    scoredFrom.add(answer.fromToken());
                }
            }
        }
        return new Questions(documents, scoredFrom, needles.perRound());
    }

    /**
     * What can be planned without making them all: where a tokenizer and the haystack are here, every question is taken to be as
     * long as the first of its kind, length and depth; else as long as it may be, with an answer as long as it may be.
     *
     * @param readable whether a tokenizer is here
     * @return none where the experiment's objective asks nothing
     * @throws BadInput as making them would
     */
    public static AskedQuestions planned(@Nullable ObjectiveNeedles needles, Checkpoint checkpoint, boolean readable) {
        if (needles == null) {
            return AskedQuestions.NONE;
        }
        boolean here = readable && needles.haystack().stream().allMatch(Files::exists);
        return planned(needles, here ? firstRound(needles, checkpoint) : longest(needles));
    }

    private static List<ItemRef.Continuation> firstRound(ObjectiveNeedles needles, Checkpoint checkpoint) {
        try (Tokenizer tokenizer = Tokenizer.open(checkpoint)) {
            return prompts(needles, 1, tokenizer).stream()
                    .map(prompt -> new ItemRef.Continuation(
                            prompt.context().length, prompt.context().length + prompt.continuation().length))
                    .toList();
        } catch (BadInput refused) {
            throw refused(refused);
        }
    }

    private static List<ItemRef.Continuation> longest(ObjectiveNeedles needles) {
        List<ItemRef.Continuation> answers = new ArrayList<>();
        for (TaskEvaluation.Needles kind : needles.searched()) {
            for (NeedlePlan.Cell cell : AskedTask.plan(kind).cells()) {
                answers.add(new ItemRef.Continuation(
                        Math.max(2, cell.length() - kind.task().generatedTokens()), cell.length()));
            }
        }
        return answers;
    }

    /** @param answers one of each kind, length and depth */
    private static AskedQuestions planned(ObjectiveNeedles needles, List<ItemRef.Continuation> answers) {
        List<DocumentRef> documents = new ArrayList<>();
        List<Integer> scoredFrom = new ArrayList<>();
        for (int round = 0; round < needles.samples(); round++) {
            for (ItemRef.Continuation answer : answers) {
                documents.add(
                        new DocumentRef("question", Sha256.hex("question " + documents.size()), answer.toToken()));
                scoredFrom.add(answer.fromToken());
            }
        }
        List<ScoredTask> tasks = new ArrayList<>();
        int cells = answers.size() / needles.tasks().size();
        for (TaskEvaluation.Needles kind : needles.reported()) {
            List<ItemRef> items = new ArrayList<>();
            for (ItemRef.Continuation answer : answers.subList(tasks.size() * cells, (tasks.size() + 1) * cells)) {
                for (int sample = 0; sample < needles.samples(); sample++) {
                    String digest = Sha256.hex("item " + tasks.size() + " " + items.size());
                    items.add(new ItemRef(digest, 0, List.of(answer)));
                }
            }
            tasks.add(new ScoredTask(
                    NeedleTasks.format(kind.task()),
                    EvaluationPlan.ofItems(items, EvaluationPlan.WHOLE),
                    ScoredTask.Kind.NEEDLES));
        }
        return new AskedQuestions(
                new Questions(documents, scoredFrom, needles.perRound()),
                heldOut(tasks, needles),
                tasks,
                needles.samples());
    }
}
