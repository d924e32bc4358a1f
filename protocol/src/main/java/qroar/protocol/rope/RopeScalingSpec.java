package qroar.protocol.rope;

import java.util.List;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.spec.SpecWriter;

/** Text form of a {@link RopeScaling}: the word of a variant and its options, {@code yarn:factor=4,original=4096}. */
public final class RopeScalingSpec {
    /** All that can be written. */
    public static final SpecForms<RopeScaling> FORMS = new SpecForms<>("rope", RopeScaling.forms(), List.of());

    private RopeScalingSpec() {}

    /** @throws BadInput one line that names the option, its value and the limit */
    public static RopeScaling parse(String text) {
        return FORMS.parse(text, SpecForm::read);
    }

    /** Canonical text: equal scalings have equal text and different ones different text; defaults are left out. */
    public static String format(RopeScaling scaling) {
        SpecWriter text = new SpecWriter(scaling.type());
        scaling.write(text);
        return text.toString();
    }
}
