package qroar.protocol.needle;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.protocol.needle.NeedleDraft.Needle;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecWriter;

/**
 * RULER's variable tracking: chains of assignments, each to the variable before it, and all variables of the first chain
 * are asked for by the number that it begins with.
 *
 * @param chains of assignments; the first is asked for
 * @param hops assignments behind the first of a chain, so variables less one
 * @param exampleTokens most tokens of the answered example before the question; 0 for none
 */
public record VariableTracking(int chains, int hops, HaystackKind haystack, int exampleTokens, int generatedTokens)
        implements NeedleTask {
    private static final int CHAINS = 1;
    private static final int HOPS = 4;
    private static final int MOST_CHAINS = 16;
    private static final int MOST_HOPS = 64;
    private static final int EXAMPLE = 500;
    private static final int MOST_EXAMPLE = 65_536;
    private static final int MOST_EXAMPLE_HOPS = 10;
    private static final int GENERATED = 30;
    private static final int LETTERS = 5;
    private static final int EXAMPLE_LETTERS = 3;

    static final SpecForm<NeedleTask> FORM = new SpecForm<>(
            VariableTracking.class,
            "vt",
            "all variables that come to have one value through a chain of assignments (RULER: vt)",
            List.of(
                    SpecOption.optional("chains", SpecRange.whole(1, MOST_CHAINS), Integer.toString(CHAINS)),
                    SpecOption.optional("hops", SpecRange.whole(1, MOST_HOPS), Integer.toString(HOPS)),
                    SpecOption.optional("haystack", SpecRange.words("noise", "text"), "noise"),
                    SpecOption.optional("example", SpecRange.whole(0, MOST_EXAMPLE), Integer.toString(EXAMPLE)),
                    GeneratedTokens.option(GENERATED)),
            spec -> new VariableTracking(
                    spec.integer("chains", CHAINS),
                    spec.integer("hops", HOPS),
                    HaystackKind.ofWord(spec.choice("haystack", List.of("noise", "text"), "noise")),
                    spec.integer("example", EXAMPLE),
                    GeneratedTokens.read(spec, GENERATED)));

    public VariableTracking {
        Counted.require("chains", chains, 1, MOST_CHAINS);
        Counted.require("hops", hops, 1, MOST_HOPS);
        Counted.require("example", exampleTokens, 0, MOST_EXAMPLE);
        GeneratedTokens.require(generatedTokens);
        if (haystack == HaystackKind.NEEDLES) {
            throw new IllegalArgumentException("haystack=needles must be noise or text");
        }
    }

    @Override
    public SpecForm<NeedleTask> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.optionUnless(CHAINS, "chains", chains)
                .optionUnless(HOPS, "hops", hops)
                .optionUnless("noise", "haystack", haystack.word())
                .optionUnless(EXAMPLE, "example", exampleTokens);
        GeneratedTokens.write(text, generatedTokens, GENERATED);
    }

    @Override
    public NeedleDraft draft(NeedleRandom random, @Nullable Double depthPercent) {
        NeedleDraft.Example example = exampleTokens == 0
                ? null
                : new NeedleDraft.Example(
                        question(random, null, Math.min(hops, MOST_EXAMPLE_HOPS), EXAMPLE_LETTERS, null),
                        exampleTokens);
        return question(random, depthPercent, hops, LETTERS, example);
    }

    private NeedleDraft question(
            NeedleRandom random,
            @Nullable Double depthPercent,
            int links,
            int letters,
            NeedleDraft.@Nullable Example example) {
        List<String> names = names(random, chains * (links + 1), letters);
        List<Integer> values = values(random);
        List<Needle> needles = new ArrayList<>();
        for (int chain = 0; chain < chains; chain++) {
            List<String> own = names.subList(chain * (links + 1), (chain + 1) * (links + 1));
            List<Double> depths = NeedleDepths.behind(random, own.size(), chain == 0 ? depthPercent : null);
            merge(needles, assignments(own, values.get(chain)), depths);
        }
        List<String> answer = names.subList(0, links + 1);
        String ask = " the value " + values.get(0);
        return new NeedleDraft(
                "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n",
                haystack,
                Retrieval.NO_DECOYS,
                needles,
                "\nQuestion: Find all variables that are assigned" + ask
                        + " in the text above. Answer: According to the"
                        + " chain(s) of variable assignment in the text above, " + answer.size()
                        + " variables are assigned" + ask + ", they are: ",
                " " + String.join(" ", answer),
                answer,
                example);
    }

    private static List<String> names(NeedleRandom random, int count, int letters) {
        List<String> names = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        while (names.size() < count) {
            StringBuilder name = new StringBuilder();
            for (int i = 0; i < letters; i++) {
                name.append((char) ('A' + random.below(26)));
            }
            if (taken.add(name.toString())) {
                names.add(name.toString());
            }
        }
        return names;
    }

    /** One for each chain, all different. */
    private List<Integer> values(NeedleRandom random) {
        Set<Integer> values = new LinkedHashSet<>();
        while (values.size() < chains) {
            values.add(random.between(10_000, 99_998));
        }
        return List.copyOf(values);
    }

    /** On a line of its own an assignment ends with a space, in running text with a full stop, as RULER writes them. */
    private List<String> assignments(List<String> names, int value) {
        boolean running = haystack == HaystackKind.TEXT;
        List<String> all = new ArrayList<>();
        all.add("VAR " + names.get(0) + " = " + value + (running ? "." : ""));
        for (int i = 1; i < names.size(); i++) {
            all.add("VAR " + names.get(i) + " = VAR " + names.get(i - 1) + (running ? "." : " "));
        }
        return all;
    }

    /** Keeps the order of each chain where depths are equal. */
    private static void merge(List<Needle> needles, List<String> sentences, List<Double> depths) {
        for (int i = 0; i < sentences.size(); i++) {
            Needle needle = new Needle(sentences.get(i), depths.get(i));
            int at = needles.size();
            while (at > 0 && needles.get(at - 1).depthPercent() > needle.depthPercent()) {
                at--;
            }
            needles.add(at, needle);
        }
    }
}
