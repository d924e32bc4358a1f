package qroar.protocol.quantization;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/**
 * Per-token dynamic quantization of the input of each of the seven linears of every decoder layer.
 *
 * @param bits of a value
 * @param range where zero lies
 * @param clip share of a token's values that lie within its range: half of what is left, in whole values, is beyond at each end and
 *     clipped, of a symmetric range as many of the largest magnitudes; 0 for no clipping
 * @param tail what the ends of a clipped range are multiplied by. {@link #MEASURED} stands for one that a study measures before it
 *     quantizes, and is computed with nowhere
 */
public record ActivationQuantization(int bits, Range range, double clip, double tail) {
    /** No number that a tail may be. */
    public static final double MEASURED = Double.NaN;

    private static final String AUTO = "auto";
    private static final SpecRange CLIP_RANGE = SpecRange.number(0.5, 1);
    private static final SpecRange TAIL_RANGE = SpecRange.numberOr(1, KeyValueQuantization.MAX_TAIL, AUTO);

    private static final List<String> RANGES =
            Arrays.stream(Range.values()).map(Range::word).toList();

    static final List<SpecOption> OPTIONS = List.of(
            SpecOption.elective("act-bits", QuantizationLimits.BIT_RANGE, "4", "activations in full precision"),
            SpecOption.optional("act", SpecRange.words(RANGES.toArray(String[]::new)), Range.SYMMETRIC.word()),
            SpecOption.elective("act-clip", CLIP_RANGE, "0.99", "the whole range of activations"),
            SpecOption.elective("act-tail", TAIL_RANGE, "1.25", "1"));

    public ActivationQuantization {
        QuantizationLimits.bits("act-bits", bits);
        if (clip != 0 && !(clip >= CLIP_RANGE.least() && clip <= CLIP_RANGE.most())) {
            throw new IllegalArgumentException("act-clip=" + SpecWriter.number(clip) + " must lie in " + CLIP_RANGE);
        }
        if (!Double.isNaN(tail) && !(tail >= TAIL_RANGE.least() && tail <= TAIL_RANGE.most())) {
            throw new IllegalArgumentException("act-tail=" + SpecWriter.number(tail) + " must lie in " + TAIL_RANGE);
        }
        if (tail != 1 && clip == 0) {
            throw new IllegalArgumentException("act-tail=" + written(tail) + " needs act-clip, from 0.5 to 1");
        }
    }

    /** Over the whole range of a token. */
    public ActivationQuantization(int bits, Range range) {
        this(bits, range, 0, 1);
    }

    /** Whether a study has to measure the tail before anything can be computed with it. */
    public boolean awaitsTail() {
        return Double.isNaN(tail);
    }

    /** The same with another tail. */
    public ActivationQuantization withTail(double other) {
        return new ActivationQuantization(bits, range, clip, other);
    }

    private static String written(double tail) {
        return Double.isNaN(tail) ? AUTO : SpecWriter.number(tail);
    }

    /** Where zero lies in the integer range. */
    public enum Range {
        /** Zero in the middle, scale from the largest magnitude. */
        SYMMETRIC("sym"),
        /** Zero anywhere, scale from smallest to largest value, zero always included. */
        ASYMMETRIC("asym");

        private final String word;

        Range(String word) {
            this.word = word;
        }

        /** The value of the option {@code act}. */
        public String word() {
            return word;
        }
    }

    /** Null where the spec asks for none. */
    static @Nullable ActivationQuantization read(SpecReader spec) {
        String word = spec.choice("act", RANGES, Range.SYMMETRIC.word());
        if (!spec.has("act-bits")) {
            if (spec.has("act")) {
                throw spec.refuse("act=" + word + " needs act-bits, from 2 to 8");
            }
            for (SpecOption option : OPTIONS) {
                if (spec.has(option.name())) {
                    throw spec.refuse(option.name() + " needs act-bits, from 2 to 8");
                }
            }
            return null;
        }
        double clip = spec.number("act-clip", 0);
        if (spec.has("act-clip") && clip == 0) {
            throw spec.refuse("act-clip=0 must lie in " + CLIP_RANGE);
        }
        return new ActivationQuantization(
                spec.integer("act-bits"),
                Range.values()[RANGES.indexOf(word)],
                clip,
                spec.has("act-tail") && spec.isWord("act-tail", AUTO) ? MEASURED : spec.number("act-tail", 1));
    }

    void write(SpecWriter text) {
        text.option("act-bits", bits)
                .optionUnless(Range.SYMMETRIC.word(), "act", range.word())
                .optionUnless(0, "act-clip", clip);
        if (tail != 1) {
            text.option("act-tail", written(tail));
        }
    }

    /** For ids of studies: {@code -a4}, {@code -a4asym}, {@code -a8-clip0-99-1-25}. */
    String briefName() {
        String clipped = clip == 0 ? "" : "-clip" + SpecWriter.number(clip);
        String widened = tail == 1 ? "" : "-" + written(tail);
        return "-a" + bits + (range == Range.SYMMETRIC ? "" : range.word())
                + (clipped + widened).replaceAll("[^0-9a-z]", "-");
    }
}
