package qroar.protocol.quantization;

import java.util.stream.Stream;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecReader;
import qroar.protocol.spec.SpecWriter;

/**
 * Text form of a {@link QuantizationSpec}: the word of a weight quantization and its options, then those of activations
 * and of the key/value cache: {@code awq:bits=4,group=128,act-bits=4,kv-bits=4}. Bits and group are always written.
 */
public final class QuantizationText {
    private static final SpecOption KV_BITS =
            SpecOption.elective("kv-bits", QuantizationLimits.BIT_RANGE, "4", "keys and values in full precision");

    /** All that can be written. */
    public static final SpecForms<WeightQuantization> FORMS = new SpecForms<>(
            "quantization",
            WeightQuantization.forms(),
            Stream.concat(ActivationQuantization.OPTIONS.stream(), Stream.of(KV_BITS))
                    .toList());

    private QuantizationText() {}

    /** @throws BadInput one line that names the option, its value and the limit */
    public static QuantizationSpec parse(String text) {
        return FORMS.parse(
                text,
                (form, spec) ->
                        new QuantizationSpec(form.read(spec), ActivationQuantization.read(spec), keyValueBits(spec)));
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
        SpecWriter text = new SpecWriter(spec.weights().type());
        spec.weights().write(text);
        ActivationQuantization activations = spec.activations();
        if (activations != null) {
            activations.write(text);
        }
        return text.optionUnless(0, "kv-bits", spec.kvBits()).toString();
    }
}
