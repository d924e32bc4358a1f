package qroar.orchestrator.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.ListResourceBundle;
import java.util.stream.Collectors;
import qroar.experiments.stopping.StoppingRule;
import qroar.orchestrator.app.measurement.PerplexityFigures;
import qroar.orchestrator.app.measurement.TaskFigures;
import qroar.orchestrator.app.plan.PlannedDevice;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecForms;

/**
 * What help texts say of specs and words, made from their lists: {@code ${bundle:KEY}} in a description. Specs stand a line each,
 * and a long one is broken behind a comma of its own: help would break it at any colon.
 */
final class SpecHelp extends ListResourceBundle {
    /** What help has beside its longest option on 80 columns. */
    private static final int WIDTH = 50;

    @Override
    protected Object[][] getContents() {
        return new Object[][] {
            {"rope-forms", lines(RopeScalingSpec.FORMS.all()) + each(RopeScalingSpec.FORMS)},
            {"quantization-forms", lines(QuantizationText.FORMS.all()) + each(QuantizationText.FORMS)},
            {"weight-forms", weightForms()},
            {"protocols", PerplexityFigures.protocols()},
            {"tasks", TaskFigures.words()},
            {"cards", PlannedDevice.cards()},
            {"stopping-rules", StoppingRule.Rule.words()},
        };
    }

    /** Those that change a weight, without what acts at run time only. */
    private static String weightForms() {
        return lines(QuantizationText.FORMS.all().stream()
                .filter(form -> form.type() != NoQuantization.class)
                .toList());
    }

    private static String lines(List<? extends SpecForm<?>> forms) {
        return forms.stream()
                .map(form -> folded("  " + form.synopsis()))
                .collect(Collectors.joining("\n", "one of\n", "\n"));
    }

    private static String each(SpecForms<?> forms) {
        String common = forms.commonSynopsis();
        return common.isEmpty() ? "" : folded("each with " + common) + "\n";
    }

    private static String folded(String line) {
        List<String> folded = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (String piece : line.split("(?<=,)")) {
            if (part.length() + piece.length() > WIDTH && !part.toString().isBlank()) {
                folded.add(part.toString());
                part = new StringBuilder("    ");
            }
            part.append(piece);
        }
        folded.add(part.toString());
        return String.join("\n", folded);
    }
}
