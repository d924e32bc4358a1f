package qroar.protocol.quantization;

import java.util.stream.Stream;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.spec.SpecWriter;

/**
 * Text form of a {@link QuantizationSpec}: the word of a weight quantization and its options, then those of activations
 * and of the key/value cache: {@code awq:bits=4,group=128,act-bits=4,kv-bits=4}. Bits and group are always written.
 */
public final class QuantizationText {
    /** All that can be written. */
    public static final SpecForms<WeightQuantization> FORMS = new SpecForms<>(
            "quantization",
            WeightQuantization.forms(),
            Stream.concat(ActivationQuantization.OPTIONS.stream(), KeyValueQuantization.OPTIONS.stream())
                    .toList());

    private QuantizationText() {}

    /** @throws BadInput one line that names the option, its value and the limit */
    public static QuantizationSpec parse(String text) {
        return FORMS.parse(
                text,
                (form, spec) -> new QuantizationSpec(
                        form.read(spec), ActivationQuantization.read(spec), KeyValueQuantization.read(spec)));
    }

    /** Canonical text: equal specs have equal text and different ones different text. */
    public static String format(QuantizationSpec spec) {
        SpecWriter text = new SpecWriter(spec.weights().type());
        spec.weights().write(text);
        ActivationQuantization activations = spec.activations();
        if (activations != null) {
            activations.write(text);
        }
        KeyValueQuantization keyValues = spec.keyValues();
        if (keyValues != null) {
            keyValues.write(text);
        }
        return text.toString();
    }
}
