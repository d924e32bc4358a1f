package qroar.protocol.quantization;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/** Per-token dynamic quantization of the input of each of the seven linears of every decoder layer. */
public record ActivationQuantization(int bits, Range range) {
    private static final List<String> RANGES =
            Arrays.stream(Range.values()).map(Range::word).toList();

    static final List<SpecOption> OPTIONS = List.of(
            SpecOption.elective("act-bits", QuantizationLimits.BIT_RANGE, "4", "activations in full precision"),
            SpecOption.optional("act", SpecRange.words(RANGES.toArray(String[]::new)), Range.SYMMETRIC.word()));

    public ActivationQuantization {
        QuantizationLimits.bits("act-bits", bits);
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
            return null;
        }
        return new ActivationQuantization(spec.integer("act-bits"), Range.values()[RANGES.indexOf(word)]);
    }

    void write(SpecWriter text) {
        text.option("act-bits", bits).optionUnless(Range.SYMMETRIC.word(), "act", range.word());
    }

    /** For ids of studies: {@code -a4}, {@code -a4asym}. */
    String briefName() {
        return "-a" + bits + (range == Range.SYMMETRIC ? "" : range.word());
    }
}
