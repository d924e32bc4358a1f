package qroar.orchestrator.cli;

import java.util.ListResourceBundle;
import java.util.stream.Collectors;
import qroar.experiments.stopping.StoppingRule;
import qroar.orchestrator.app.measurement.PerplexityFigures;
import qroar.orchestrator.app.plan.PlannedDevice;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.spec.SpecForm;

/** What help texts say of specs and words, made from their lists: {@code ${bundle:KEY}} in a description. */
final class SpecHelp extends ListResourceBundle {
    @Override
    protected Object[][] getContents() {
        return new Object[][] {
            {"rope-forms", RopeScalingSpec.FORMS.synopsis()},
            {"quantization-forms", QuantizationText.FORMS.synopsis()},
            {"weight-forms", weightForms()},
            {"protocols", PerplexityFigures.protocols()},
            {"cards", PlannedDevice.cards()},
            {"stopping-rules", StoppingRule.Rule.words()},
        };
    }

    /** Those that change a weight, without what acts at run time only. */
    private static String weightForms() {
        return QuantizationText.FORMS.all().stream()
                .filter(form -> form.type() != NoQuantization.class)
                .map(SpecForm::synopsis)
                .collect(Collectors.joining(", "));
    }
}
