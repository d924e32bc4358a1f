package qroar.protocol.needle;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.needle.NeedleDraft.Needle;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/**
 * What RULER's needles in a haystack (its {@code niah}) have in common: templates, kinds of keys and values, placing.
 *
 * @param haystack what they are hidden in
 * @param key what stands for a needle in the question
 * @param value what is hidden
 * @param generatedTokens see {@link NeedleTask#generatedTokens}
 */
record Retrieval(HaystackKind haystack, NeedleValue key, NeedleValue value, int generatedTokens) {
    static final Supplier<String> NO_DECOYS = () -> {
        throw new IllegalStateException("a haystack without decoys");
    };

    private static final int GENERATED = 128;
    private static final List<String> HAYSTACKS = List.of("noise", "text", "needles");
    private static final List<String> VALUES = List.of("numbers", "words", "uuids");

    Retrieval {
        GeneratedTokens.require(generatedTokens);
    }

    /** How many of each: needles are keys times values. */
    record Counts(int keys, int values, int queries) {
        Counts {
            Counted.require("keys", keys, 1, Counted.MOST_NEEDLES);
            Counted.require("values", values, 1, Counted.MOST_NEEDLES);
            Counted.require("queries", queries, 1, Counted.MOST_NEEDLES);
        }
    }

    static List<SpecOption> options(String haystack, SpecOption... own) {
        List<SpecOption> options = new ArrayList<>(List.of(own));
        options.add(SpecOption.optional("haystack", SpecRange.words(HAYSTACKS.toArray(String[]::new)), haystack));
        options.add(SpecOption.optional("key", SpecRange.words(VALUES.toArray(String[]::new)), "words"));
        options.add(SpecOption.optional("value", SpecRange.words(VALUES.toArray(String[]::new)), "numbers"));
        options.add(GeneratedTokens.option(GENERATED));
        return options;
    }

    static Retrieval read(SpecReader spec, String haystack) {
        return new Retrieval(
                HaystackKind.ofWord(spec.choice("haystack", HAYSTACKS, haystack)),
                NeedleValue.ofWord(spec.choice("key", VALUES, "words")),
                NeedleValue.ofWord(spec.choice("value", VALUES, "numbers")),
                GeneratedTokens.read(spec, GENERATED));
    }

    void write(SpecWriter text, String otherwise) {
        text.optionUnless(otherwise, "haystack", haystack.word())
                .optionUnless("words", "key", key.word())
                .optionUnless("numbers", "value", value.word());
        GeneratedTokens.write(text, generatedTokens, GENERATED);
    }

    /**
     * Keys and values are all different. The first key that is asked for has its first needle at the given depth, all
     * others lie at depths that are drawn.
     */
    NeedleDraft draft(NeedleRandom random, Counts counts, @Nullable Double depthPercent) {
        Set<String> taken = new HashSet<>();
        List<String> keys = key.draw(random, Math.max(counts.keys(), counts.queries()), taken);
        List<String> values = value.draw(random, keys.size() * counts.values(), taken);
        List<Integer> asked =
                random.some(IntStream.range(0, keys.size()).boxed().toList(), counts.queries());
        List<Hidden> hidden = hidden(random, keys, values, asked.get(0), depthPercent);
        List<String> answers = hidden.stream()
                .filter(each -> asked.contains(each.key))
                .map(each -> each.value)
                .toList();
        List<String> references = new ArrayList<>();
        for (int each : asked) {
            references.addAll(values.subList(each * counts.values(), (each + 1) * counts.values()));
        }
        String query = listed(asked.stream().map(keys::get).toList());
        boolean one = answers.size() == 1;
        return new NeedleDraft(
                opening(one),
                haystack,
                haystack == HaystackKind.NEEDLES ? () -> decoy(random, taken) : NO_DECOYS,
                hidden.stream().map(each -> each.needle).toList(),
                question(one, query),
                " " + listed(answers),
                references,
                null);
    }

    /** A needle, whose it is and what it says. */
    private record Hidden(int key, String value, Needle needle) {}

    /** In the order of the text. */
    private List<Hidden> hidden(
            NeedleRandom random, List<String> keys, List<String> values, int first, @Nullable Double depthPercent) {
        int each = values.size() / keys.size();
        List<Double> depths = NeedleDepths.around(random, values.size(), depthPercent);
        List<Hidden> hidden = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            int needle = (first * each + i) % values.size();
            String sentence = sentence(keys.get(needle / each), values.get(needle));
            hidden.add(new Hidden(needle / each, values.get(needle), new Needle(sentence, depths.get(i))));
        }
        hidden.sort(Comparator.comparingDouble(one -> one.needle.depthPercent()));
        return hidden;
    }

    /** Decoys may be alike, as RULER's: a long haystack has more of them than there are words. */
    private String decoy(NeedleRandom random, Set<String> needles) {
        return sentence(key.drawOther(random, needles), value.drawOther(random, needles));
    }

    private String sentence(String of, String hidden) {
        return "One of the special magic " + value.word() + " for " + of + " is: " + hidden + ".";
    }

    private String opening(boolean one) {
        String type = one ? value.singular() : value.word();
        return (one ? "A special magic " + type + " is" : "Some special magic " + type + " are")
                + " hidden within the following text. Make sure to memorize it. I will quiz you about the " + type
                + " afterwards.\n";
    }

    private String question(boolean one, String query) {
        String type = one ? value.singular() : value.word();
        String what = " the special magic " + type + " for " + query + " mentioned in the provided text";
        return one
                ? "\nWhat is" + what + "? The" + what.substring(4) + " is"
                : "\nWhat are all" + what + "? The" + what.substring(4) + " are";
    }

    /** As RULER lists keys: {@code a, b, and c}; two are {@code a, and b}. */
    private static String listed(List<String> all) {
        int last = all.size() - 1;
        return last == 0 ? all.get(0) : String.join(", ", all.subList(0, last)) + ", and " + all.get(last);
    }
}
