package qroar.experiments.study;

import java.util.Locale;
import qroar.experiments.definition.Sweep;
import qroar.experiments.definition.SweepPoint;
import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.AwqQuantization;
import qroar.protocol.quantization.GptqQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;

/**
 * Study ids such as {@code 01-yarn4-rtn-w2g32-b4-shared}: the number makes them unique, the rest readable; lower-case
 * letters, digits, '.' and '-' only, at most 100 characters. Grid and weights appear where they are swept.
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
        id.append('-').append(quantizer(point.quantizer()));
        id.append("-b").append(point.bands());
        if (sweep.grid().size() > 1) {
            id.append("-x").append(point.grid());
        }
        id.append('-').append(point.mode().word());
        if (sweep.weights().size() > 1) {
            id.append('-').append(safe(point.weights().text()));
        }
        return id.substring(0, Math.min(MAX_LENGTH, id.length()));
    }

    private static String quantizer(QuantizationSpec spec) {
        WeightQuantization weights = spec.weights();
        StringBuilder name = new StringBuilder(weights.type());
        if (weights instanceof RtnQuantization rtn) {
            name.append(grouped(rtn.bits(), rtn.group()));
        } else if (weights instanceof AwqQuantization awq) {
            name.append(grouped(awq.bits(), awq.group())).append(awq.clip() ? "" : "-noclip");
        } else if (weights instanceof GptqQuantization gptq) {
            name.append(grouped(gptq.bits(), gptq.group()))
                    .append(gptq.actOrder() ? "-act" : "")
                    .append(gptq.staticGroups() ? "-static" : "")
                    .append(gptq.trueSequential() ? "-seq" : "")
                    .append(gptq.symmetric() ? "-sym" : "");
        }
        ActivationQuantization activations = spec.activations();
        if (activations != null) {
            boolean symmetric = activations.range() == ActivationQuantization.Range.SYMMETRIC;
            name.append("-a").append(activations.bits()).append(symmetric ? "" : "asym");
        }
        if (spec.kvBits() > 0) {
            name.append("-kv").append(spec.kvBits());
        }
        return name.toString();
    }

    private static String grouped(int bits, int group) {
        return "-w" + bits + (group > 0 ? "g" + group : "row");
    }

    /** A point in words, as the file would write it. */
    String describe(SweepPoint point) {
        return "rope " + point.rope().text() + ", quantizer " + QuantizationText.format(point.quantizer()) + ", bands "
                + point.bands() + ", grid " + point.grid() + ", mode "
                + point.mode().word() + ", weights "
                + point.weights().text();
    }

    private static String safe(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("\\.0(?![0-9])", "").replaceAll("[^a-z0-9.-]+", "-");
    }
}
