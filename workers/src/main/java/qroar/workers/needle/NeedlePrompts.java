package qroar.workers.needle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.needle.HaystackKind;
import qroar.protocol.needle.NeedleDraft;
import qroar.protocol.needle.NeedleRandom;
import qroar.protocol.needle.NeedleTask;
import qroar.protocol.needle.NeedleTasks;
import qroar.workers.text.Tokenizer;

/**
 * Makes questions of a plan, each from its seed, length, depth and number alone: with as much haystack as lets the prompt
 * and the tokens that may be generated fit into the length. Special tokens are not counted, as RULER does not count them.
 */
public final class NeedlePrompts {
    /** Tokens of a word of English, for where the search begins. */
    private static final int WORD_TOKENS = 1;

    private final NeedlePlan plan;
    private final Tokenizer tokenizer;
    private final @Nullable HaystackText text;

    /**
     * @param text null where the task's haystack is none of the user's
     * @throws BadInput where it needs one
     */
    public NeedlePrompts(NeedlePlan plan, Tokenizer tokenizer, @Nullable HaystackText text) {
        requireText(plan.task(), text);
        this.plan = plan;
        this.tokenizer = tokenizer;
        this.text = text;
    }

    /** @throws BadInput where a task hides its needles in a text and there is none */
    public static void requireText(NeedleTask task, @Nullable HaystackText text) {
        if (task.haystack() == HaystackKind.TEXT && text == null) {
            throw new BadInput("task '" + NeedleTasks.format(task)
                    + "' hides its needles in a text, and no haystack is given; haystack=noise needs none");
        }
    }

    /** What all questions follow from, for keys of results. */
    public String digest() {
        boolean uses = plan.task().haystack() == HaystackKind.TEXT;
        return Sha256.hex(NeedleTasks.format(plan.task()) + " lengths=" + plan.lengths() + " depths="
                + plan.depthsPercent() + " samples=" + plan.samples() + " seed=" + plan.seed() + " haystack="
                + (uses ? HaystackText.digest(text) : "own"));
    }

    /** Every question, cell by cell. */
    public List<NeedlePrompt> all() {
        List<NeedlePrompt> prompts = new ArrayList<>();
        for (NeedlePlan.Cell cell : plan.cells()) {
            for (int sample = 0; sample < plan.samples(); sample++) {
                prompts.add(prompt(cell, sample));
            }
        }
        return prompts;
    }

    /**
     * One question.
     *
     * @throws BadInput when the length has no room for any haystack, or the answer is longer than what may be generated
     */
    public NeedlePrompt prompt(NeedlePlan.Cell cell, int sample) {
        Double depth = cell.depthPercent();
        NeedleRandom random = NeedleRandom.of(
                plan.seed(), cell.length(), depth == null ? -1 : Double.doubleToLongBits(depth), sample);
        NeedleDraft draft = plan.task().draft(random, depth);
        NeedleDraft.Example example = draft.example();
        String before = example == null ? "" : example(example);
        int generated = plan.task().generatedTokens();
        Filled filled = fill(
                draft,
                before,
                cell.length() - generated,
                "length " + cell.length() + ", of which " + generated + " may be generated");
        String whole = before + filled.text;
        int[] tokens = tokenizer.encode(whole.stripTrailing() + draft.answer());
        int contextTokens = Math.min(tokenizer.encode(whole.stripTrailing()).length, tokens.length - 1);
        if (tokens.length - contextTokens > generated) {
            throw new BadInput(named() + " an answer has " + (tokens.length - contextTokens) + " tokens; generate="
                    + generated + " is fewer");
        }
        return new NeedlePrompt(
                cell,
                sample,
                whole,
                draft.answer(),
                draft.references(),
                Arrays.copyOf(tokens, contextTokens),
                Arrays.copyOfRange(tokens, contextTokens, tokens.length),
                new NeedlePrompt.Size(
                        filled.tokens + generated, generated, filled.units, filled.sentences, filled.places));
    }

    private String named() {
        return "task '" + NeedleTasks.format(plan.task()) + "':";
    }

    /** As RULER sets it before the question: with its answer, and a blank line. */
    private String example(NeedleDraft.Example example) {
        Filled filled =
                fill(example.question(), "", example.mostTokens(), "an example of at most " + example.mostTokens());
        return filled.text + example.question().answer() + "\n\n";
    }

    private record Filled(String text, int tokens, int units, int sentences, List<Integer> places) {}

    /** The largest haystack that fits; tokens grow with it. */
    private Filled fill(NeedleDraft draft, String before, int mostTokens, String limit) {
        Haystack haystack = new Haystack(draft);
        Filled least = filled(draft, before, haystack, 1);
        if (least.tokens > mostTokens) {
            throw new BadInput(named() + " takes " + least.tokens + " tokens with the least haystack, and " + limit
                    + ", leaves " + mostTokens + (draft.example() == null ? "" : "; example=0 leaves its example out"));
        }
        Filled fits = least;
        int most = Math.max(2, (mostTokens - least.tokens) / haystack.unitTokens() + 2);
        Filled tooLong = filled(draft, before, haystack, most);
        while (tooLong.tokens <= mostTokens) {
            fits = tooLong;
            tooLong = filled(draft, before, haystack, 2 * fits.units);
        }
        while (tooLong.units - fits.units > 1) {
            Filled middle = filled(draft, before, haystack, (fits.units + tooLong.units) >>> 1);
            if (middle.tokens <= mostTokens) {
                fits = middle;
            } else {
                tooLong = middle;
            }
        }
        return fits;
    }

    private Filled filled(NeedleDraft draft, String before, Haystack haystack, int units) {
        List<String> sentences = haystack.sentences(units);
        StringBuilder context = new StringBuilder();
        List<Integer> places = new ArrayList<>();
        int needle = 0;
        for (int i = 0; i <= sentences.size(); i++) {
            while (needle < draft.needles().size()
                    && draft.needles().get(needle).place(sentences.size()) == i) {
                append(context, draft.needles().get(needle).sentence(), draft.haystack());
                places.add(i);
                needle++;
            }
            if (i < sentences.size()) {
                append(context, sentences.get(i), draft.haystack());
            }
        }
        String text = draft.opening() + context + draft.question();
        int tokens = tokenizer.encodeContinuation(before + text).length;
        return new Filled(text, tokens, units, sentences.size(), places);
    }

    private static void append(StringBuilder context, String sentence, HaystackKind kind) {
        context.append(context.length() == 0 ? "" : kind.separator()).append(sentence);
    }

    /** The haystack of one draft; decoys that were drawn for one size are kept for the next. */
    private final class Haystack {
        private final NeedleDraft draft;
        private final List<String> decoys = new ArrayList<>();

        Haystack(NeedleDraft draft) {
            this.draft = draft;
        }

        List<String> sentences(int units) {
            return switch (draft.haystack()) {
                case NOISE -> Collections.nCopies(units, HaystackKind.NOISE_LINE);
                case NEEDLES -> {
                    while (decoys.size() < units) {
                        decoys.add(draft.decoys().get());
                    }
                    yield decoys.subList(0, units);
                }
                case TEXT -> Sentences.of(requiredText().first(units));
            };
        }

        /** Of a line, or of a word: what one more takes at least, roughly. */
        int unitTokens() {
            return draft.haystack() == HaystackKind.TEXT
                    ? WORD_TOKENS
                    : tokenizer.encodeContinuation("\n" + sentences(1).get(0)).length;
        }

        private HaystackText requiredText() {
            if (text == null) {
                throw new IllegalStateException("no text for a task that was checked to have one");
            }
            return text;
        }
    }
}
