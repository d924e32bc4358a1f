package qroar.protocol.quantization;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.ActivationQuantization.Range;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/**
 * Text form of a {@link QuantizationSpec}: {@code none}, {@code rtn:bits=4,group=128},
 * {@code awq:bits=4,group=128[,clip=false]},
 * {@code gptq:bits=4,group=128[,act-order=true,static-groups=true,true-sequential=true,sym=true]} (the four default to
 * false, as in the reference implementation), each with {@code [,act-bits=4[,act=sym|asym]][,kv-bits=4]}. Bits and group
 * are always written; left out when reading they are {@value #DEFAULT_BITS} and {@value #DEFAULT_GROUP}.
 */
public final class QuantizationText {
    private static final int DEFAULT_BITS = 4;
    private static final int DEFAULT_GROUP = 128;
    private static final List<String> RANGES = List.of("sym", "asym");

    private static final Map<String, List<String>> OPTIONS = options();

    private QuantizationText() {}

    private static Map<String, List<String>> options() {
        Map<String, List<String>> options = new LinkedHashMap<>();
        options.put("none", withActivations());
        options.put("rtn", withActivations("bits", "group"));
        options.put("awq", withActivations("bits", "group", "clip"));
        options.put("gptq", withActivations("bits", "group", "act-order", "static-groups", "true-sequential", "sym"));
        return options;
    }

    private static List<String> withActivations(String... ofWeights) {
        List<String> options = new ArrayList<>(List.of(ofWeights));
        options.addAll(List.of("act-bits", "act", "kv-bits"));
        return options;
    }

    /** @throws BadInput one line that names the option, its value and the limit */
    public static QuantizationSpec parse(String text) {
        SpecReader spec = SpecReader.read("quantization", text, OPTIONS);
        try {
            return new QuantizationSpec(weights(spec), activations(spec), keyValueBits(spec));
        } catch (IllegalArgumentException outOfRange) {
            throw spec.refuse(String.valueOf(outOfRange.getMessage()));
        }
    }

    private static WeightQuantization weights(SpecReader spec) {
        if (spec.word().equals("none")) {
            return new NoQuantization();
        }
        int bits = spec.integer("bits", DEFAULT_BITS);
        int group = spec.integer("group", DEFAULT_GROUP);
        switch (spec.word()) {
            case "awq":
                return new AwqQuantization(bits, group, spec.flag("clip", true));
            case "gptq":
                return new GptqQuantization(
                        bits,
                        group,
                        spec.flag("act-order", false),
                        spec.flag("static-groups", false),
                        spec.flag("true-sequential", false),
                        spec.flag("sym", false));
            default:
                return new RtnQuantization(bits, group);
        }
    }

    private static @Nullable ActivationQuantization activations(SpecReader spec) {
        String range = spec.choice("act", RANGES, "sym");
        if (!spec.has("act-bits")) {
            if (spec.has("act")) {
                throw spec.refuse("act=" + range + " needs act-bits, from 2 to 8");
            }
            return null;
        }
        return new ActivationQuantization(
                spec.integer("act-bits"), range.equals("sym") ? Range.SYMMETRIC : Range.ASYMMETRIC);
    }

    private static int keyValueBits(SpecReader spec) {
        int bits = spec.integer("kv-bits", 0);
        if (bits == 0 && spec.has("kv-bits")) {
            throw spec.refuse("kv-bits=0 must lie in 2 to 8; leave it out for full precision");
        }
        return bits;
    }

    /** Canonical text: equal specs have equal text and different ones different text. */
    public static String format(QuantizationSpec spec) {
        WeightQuantization weights = spec.weights();
        SpecWriter text = new SpecWriter(weights.type());
        if (weights instanceof RtnQuantization rtn) {
            text.option("bits", rtn.bits()).option("group", rtn.group());
        } else if (weights instanceof AwqQuantization awq) {
            text.option("bits", awq.bits())
                    .option("group", awq.group())
                    .optionUnless("true", "clip", Boolean.toString(awq.clip()));
        } else if (weights instanceof GptqQuantization gptq) {
            text.option("bits", gptq.bits())
                    .option("group", gptq.group())
                    .optionUnless("false", "act-order", Boolean.toString(gptq.actOrder()))
                    .optionUnless("false", "static-groups", Boolean.toString(gptq.staticGroups()))
                    .optionUnless("false", "true-sequential", Boolean.toString(gptq.trueSequential()))
                    .optionUnless("false", "sym", Boolean.toString(gptq.symmetric()));
        }
        ActivationQuantization activations = spec.activations();
        if (activations != null) {
            text.option("act-bits", activations.bits())
                    .optionUnless("sym", "act", activations.range() == Range.SYMMETRIC ? "sym" : "asym");
        }
        return text.optionUnless(0, "kv-bits", spec.kvBits()).toString();
    }
}
