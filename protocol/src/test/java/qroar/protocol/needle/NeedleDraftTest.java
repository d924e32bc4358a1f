package qroar.protocol.needle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import qroar.protocol.needle.NeedleDraft.Needle;

/** What is drawn, held to RULER's templates and counts (scripts/data/synthetic of NVIDIA/RULER). */
class NeedleDraftTest {
    private static final int DRAWS = 200;

    /** The first numbers of SplitMix64 from 1234567, as published with implementations of it. */
    @Test
    void chanceIsSplitMix64() {
        NeedleRandom random = NeedleRandom.of(1_234_567);
        assertThat(List.of(random.bits(), random.bits(), random.bits(), random.bits(), random.bits()))
                .containsExactly(
                        6457827717110365317L,
                        3203168211198807973L,
                        Long.parseUnsignedLong("9817491932198370423"),
                        4593380528125082431L,
                        Long.parseUnsignedLong("16408922859458223821"));
    }

    /** Values that a few lines of Python gave, from the description of the stream alone. */
    @Test
    void oneSeedIsOneQuestionForEver() {
        assertThat(draft("passkey", 7, null).answer()).isEqualTo(" 45084");
        NeedleDraft chain = draft("vt:example=0", 7, null);
        assertThat(chain.answer()).isEqualTo(" KAXPL GMIDK CYXWW OWIQT RCILX");
        assertThat(chain.question()).contains("the value 96428 ");
    }

    @Test
    void aSingleNeedleIsWordedAsRulerWordsIt() {
        for (int seed = 0; seed < DRAWS; seed++) {
            NeedleDraft draft = draft("niah_single_1", seed, 30.0);
            assertThat(draft.opening())
                    .isEqualTo("A special magic number is hidden within the following text. Make sure to memorize it. I"
                            + " will quiz you about the number afterwards.\n");
            Needle needle = draft.needles().get(0);
            Matcher said =
                    match("One of the special magic numbers for ([a-z]+-[a-z]+) is: (\\d{7})\\.", needle.sentence());
            assertThat(draft.question())
                    .isEqualTo("\nWhat is the special magic number for " + said.group(1)
                            + " mentioned in the provided text? The special magic number for " + said.group(1)
                            + " mentioned in the provided text is");
            assertThat(draft.answer()).isEqualTo(" " + said.group(2));
            assertThat(draft.references()).containsExactly(said.group(2));
            assertThat(needle.depthPercent()).isEqualTo(30);
        }
    }

    @Test
    void uuidsAreOfVersionFour() {
        for (int seed = 0; seed < DRAWS; seed++) {
            NeedleDraft draft = draft("niah_multikey_3", seed, null);
            assertThat(draft.references().get(0))
                    .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
            assertThat(draft.question()).startsWith("\nWhat is the special magic uuid for ");
        }
    }

    @Test
    void ofSeveralKeysOneIsAskedForAndLiesWhereItShould() {
        for (int seed = 0; seed < DRAWS; seed++) {
            NeedleDraft draft = draft("niah_multikey_1", seed, 62.5);
            assertThat(draft.needles()).hasSize(4);
            assertThat(keys(draft)).hasSize(4);
            Needle asked = needleWith(draft, draft.references().get(0));
            assertThat(asked.depthPercent()).isEqualTo(62.5);
            assertThat(draft.question()).contains(keyOf(asked));
            assertSorted(draft);
        }
    }

    @Test
    void allValuesOfAKeyAreAskedForInTheOrderOfTheText() {
        for (int seed = 0; seed < DRAWS; seed++) {
            NeedleDraft draft = draft("niah_multivalue", seed, 0.0);
            assertThat(draft.needles()).hasSize(4);
            assertThat(keys(draft)).hasSize(1);
            List<String> values = values(draft);
            assertThat(draft.answer())
                    .isEqualTo(" " + values.get(0) + ", " + values.get(1) + ", " + values.get(2) + ", and "
                            + values.get(3));
            assertThat(draft.references()).containsExactlyInAnyOrderElementsOf(values);
            assertThat(draft.opening())
                    .startsWith("Some special magic numbers are hidden")
                    .contains("the numbers after");
            assertThat(draft.question())
                    .startsWith("\nWhat are all the special magic numbers for ")
                    .endsWith(" mentioned in the provided text are");
        }
    }

    @Test
    void allKeysOfAQueryAreAskedFor() {
        for (int seed = 0; seed < DRAWS; seed++) {
            NeedleDraft draft = draft("niah_multiquery", seed, 10.0);
            Set<String> keys = keys(draft);
            assertThat(keys).hasSize(4);
            Matcher asked = match(
                    "\nWhat are all the special magic numbers for ([a-z-]+), ([a-z-]+), ([a-z-]+), and ([a-z-]+) mentioned.*",
                    draft.question());
            assertThat(keys).containsExactlyInAnyOrder(asked.group(1), asked.group(2), asked.group(3), asked.group(4));
            assertThat(draft.references()).hasSize(4).containsExactlyInAnyOrderElementsOf(values(draft));
            // The first key that is asked for is the one at the depth.
            assertThat(needleWith(draft, draft.references().get(0)).depthPercent())
                    .isEqualTo(10);
        }
    }

    @Test
    void noDecoyHasTheKeyOfTheNeedle() {
        NeedleDraft draft = draft("niah_multikey_2", 5, 50.0);
        String key = keyOf(draft.needles().get(0));
        for (int i = 0; i < 5_000; i++) {
            assertThat(draft.decoys().get())
                    .startsWith("One of the special magic numbers for ")
                    .doesNotContain(" " + key + " ");
        }
    }

    @Test
    void chainsAreInOrderAndOfTheirLength() {
        for (int seed = 0; seed < DRAWS; seed++) {
            NeedleDraft draft = draft("vt:chains=3,hops=5,example=0", seed, 40.0);
            assertThat(draft.needles()).hasSize(18);
            assertSorted(draft);
            List<String> names = draft.references();
            assertThat(names).hasSize(6).doesNotHaveDuplicates().allMatch(name -> name.matches("[A-Z]{5}"));
            assertThat(draft.answer()).isEqualTo(" " + String.join(" ", names));
            Matcher value = match(
                    "\nQuestion: Find all variables that are assigned the value (\\d{5}) in the text above\\."
                            + " Answer: According to the chain\\(s\\) of variable assignment in the text above, 6 variables are"
                            + " assigned the value (\\d{5}), they are: ",
                    draft.question());
            assertThat(value.group(1)).isEqualTo(value.group(2));
            int before = -1;
            for (int i = 0; i < names.size(); i++) {
                String sentence = i == 0
                        ? "VAR " + names.get(0) + " = " + value.group(1)
                        : "VAR " + names.get(i) + " = VAR " + names.get(i - 1) + " ";
                int at = draft.needles().stream().map(Needle::sentence).toList().indexOf(sentence);
                assertThat(at).as(sentence).isGreaterThan(before);
                before = at;
            }
            assertThat(needleWith(draft, value.group(1)).depthPercent()).isEqualTo(40);
            // No other chain has the value: its variables would be right answers.
            assertThat(draft.needles().stream().filter(n -> n.sentence().contains(value.group(1))))
                    .hasSize(1);
        }
    }

    @Test
    void anExampleHasShorterNamesAndAnotherValue() {
        NeedleDraft draft = draft("vt:hops=12", 3, 40.0);
        NeedleDraft.Example example = draft.example();
        assertThat(example).isNotNull();
        assertThat(example.mostTokens()).isEqualTo(500);
        assertThat(example.question().references()).hasSize(11).allMatch(name -> name.matches("[A-Z]{3}"));
        assertThat(draft.references()).hasSize(13);
    }

    @Test
    void drawnDepthsAreRulersForty() {
        Set<Double> seen = new HashSet<>();
        for (int seed = 0; seed < 2_000; seed++) {
            NeedleDraft draft = draft("niah_multivalue", seed, null);
            Set<Double> own = new HashSet<>();
            draft.needles().forEach(needle -> own.add(needle.depthPercent()));
            assertThat(own).hasSize(4);
            seen.addAll(own);
        }
        assertThat(seen)
                .hasSize(40)
                .contains(0.0, 3.0, 5.0, 49.0, 51.0, 97.0, 100.0)
                .doesNotContain(1.0, 50.0);
    }

    @Test
    void placesAreRulersRounding() {
        assertThat(new Needle("x", 50).place(7)).isEqualTo(3);
        assertThat(new Needle("x", 100).place(7)).isEqualTo(7);
        assertThat(new Needle("x", 0).place(7)).isZero();
        assertThat(new Needle("x", 3).place(100)).isEqualTo(3);
    }

    private static NeedleDraft draft(String spec, long seed, @Nullable Double depth) {
        return NeedleTasks.parse(spec).draft(NeedleRandom.of(seed), depth);
    }

    private static Matcher match(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.matches()).as(text).isTrue();
        return matcher;
    }

    private static void assertSorted(NeedleDraft draft) {
        assertThat(draft.needles().stream().map(Needle::depthPercent).toList()).isSorted();
    }

    private static Needle needleWith(NeedleDraft draft, String value) {
        return draft.needles().stream()
                .filter(needle -> needle.sentence().contains(value))
                .findFirst()
                .orElseThrow();
    }

    private static String keyOf(Needle needle) {
        return match("One of the special magic \\w+ for (\\S+) is: (\\S+)\\.", needle.sentence())
                .group(1);
    }

    private static Set<String> keys(NeedleDraft draft) {
        Set<String> keys = new HashSet<>();
        draft.needles().forEach(needle -> keys.add(keyOf(needle)));
        return keys;
    }

    private static List<String> values(NeedleDraft draft) {
        List<String> values = new ArrayList<>();
        draft.needles()
                .forEach(needle ->
                        values.add(match("One of the special magic \\w+ for (\\S+) is: (\\S+)\\.", needle.sentence())
                                .group(2)));
        return values;
    }
}
