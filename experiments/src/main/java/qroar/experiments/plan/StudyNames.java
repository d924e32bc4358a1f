package qroar.experiments.plan;

import java.util.List;
import java.util.Locale;
import qroar.experiments.definition.sweep.LayerChoice;
import qroar.experiments.definition.sweep.Sweep;
import qroar.experiments.definition.sweep.SweepPoint;
import qroar.experiments.objective.Aim;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;

/**
 * Study ids such as {@code 01-yarn4-rtn-w2g32-b4-shared}: the number makes them unique, the rest readable; lower-case
 * letters, digits, '.' and '-' only, at most 100 characters. Grid and weights appear where they are swept, layers where
 * not all share scales, the objective where it is not perplexity alone.
 */
final class StudyNames {
    private static final int MAX_ROPE_LENGTH = 40;
    private static final int MAX_LENGTH = 100;

    private final Sweep sweep;
    private final int digits;

    StudyNames(Sweep sweep, int digits) {
        this.sweep = sweep;
        this.digits = digits;
    }

    String id(int number, SweepPoint point, RopeScaling rope) {
        String ropeName = safe(RopeScalingSpec.format(rope)
                .replaceFirst(":(factor|alpha)=", "")
                .replaceAll("[:,]", "-")
                .replace("=", ""));
        StringBuilder id = new StringBuilder(String.format(Locale.ROOT, "%0" + digits + "d", number));
        id.append('-').append(ropeName, 0, Math.min(MAX_ROPE_LENGTH, ropeName.length()));
        id.append('-').append(point.quantizer().briefName());
        id.append("-b").append(point.bands());
        if (!sweep.layers().equals(List.of(LayerChoice.ALL))) {
            id.append("-l").append(point.layers().text());
        }
        if (sweep.grid().size() > 1) {
            id.append("-x").append(point.grid());
        }
        id.append('-').append(point.mode().word());
        if (sweep.weights().size() > 1) {
            id.append('-').append(safe(point.weights().text()));
        }
        if (!sweep.objective().equals(List.of(Aim.PERPLEXITY))) {
            id.append('-').append(safe(point.objective().text()));
        }
        return id.substring(0, Math.min(MAX_LENGTH, id.length()));
    }

    /** A point in words, as the file would write it. */
    String describe(SweepPoint point) {
        return "rope " + point.rope().text() + ", quantizer " + QuantizationText.format(point.quantizer()) + ", bands "
                + point.bands() + ", layers " + point.layers().text() + ", grid " + point.grid() + ", mode "
                + point.mode().word() + ", weights "
                + point.weights().text() + ", objective " + point.objective().text();
    }

    private static String safe(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("\\.0(?![0-9])", "").replaceAll("[^a-z0-9.-]+", "-");
    }
}
