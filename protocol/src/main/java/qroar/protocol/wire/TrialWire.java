package qroar.protocol.wire;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import qroar.protocol.band.BandScales;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.TrialSpec;

/**
 * Fields of a trial's specification, in the order of their records. Scaling and quantization travel as their canonical
 * text, which is exact and is what the journal holds: a new variant changes nothing here. A precision other than float32
 * stands before the quantization, {@code bfloat16 rtn:bits=4,group=128}.
 */
final class TrialWire {
    /** Two texts and a number. */
    private static final int DOCUMENT_BYTES = 3;

    /** SHA-256. */
    private static final int DIGEST_BYTES = 32;

    /** A digest, a number, and a list of one pair of numbers. */
    private static final int ITEM_BYTES = DIGEST_BYTES + 4;

    private TrialWire() {}

    static void write(WireOutput out, TrialSpec spec) {
        out.text(spec.checkpointDigest());
        out.spec(computed(spec));
        write(out, spec.calibration());
        out.spec(RopeScalingSpec.format(spec.rope()));
        ScalesWire.write(out, spec.scales());
        write(out, spec.plan());
        out.choice(spec.probe());
        Reference reference = spec.reference();
        if (reference != null) {
            write(out, reference);
        }
    }

    /** Follows the probe that it belongs to, and no other. */
    private static void write(WireOutput out, Reference reference) {
        out.text(reference.checkpointDigest());
        out.choice(reference.precision());
        out.spec(RopeScalingSpec.format(reference.rope()));
        KeyTokenRule rule = reference.keyTokens();
        out.writeVarInt(rule == null ? 0 : rule.context(), true);
        if (rule != null) {
            out.writeVarInt(rule.stride(), true);
            out.writeDouble(rule.gain());
            out.writeDouble(rule.loss());
        }
    }

    private static Reference reference(WireInput in) {
        String checkpoint = in.text();
        Precision precision = in.choice(Precision.class);
        RopeScaling rope = RopeScalingSpec.parse(in.spec());
        int context = in.readVarInt(true);
        return new Reference(
                checkpoint,
                precision,
                rope,
                context == 0 ? null : new KeyTokenRule(context, in.readVarInt(true), in.readDouble(), in.readDouble()));
    }

    private static String computed(TrialSpec spec) {
        String quantization = QuantizationText.format(spec.quantization());
        return spec.precision() == Precision.FLOAT32
                ? quantization
                : spec.precision().word() + " " + quantization;
    }

    static TrialSpec spec(WireInput in) {
        String checkpoint = in.text();
        String computed = in.spec();
        int space = computed.indexOf(' ');
        Precision precision = space < 0 ? Precision.FLOAT32 : Precision.ofWord(computed.substring(0, space));
        QuantizationSpec quantization = QuantizationText.parse(computed.substring(space + 1));
        Calibration calibration = calibration(in);
        RopeScaling rope = RopeScalingSpec.parse(in.spec());
        BandScales scales = ScalesWire.bandScales(in);
        EvaluationPlan plan = plan(in);
        TrialSpec.Probe probe = in.choice(TrialSpec.Probe.class);
        boolean compared = probe == TrialSpec.Probe.LOSSES_AND_REFERENCE;
        TrialSpec spec = new TrialSpec(
                checkpoint,
                precision,
                quantization,
                calibration,
                rope,
                scales,
                plan,
                compared ? TrialSpec.Probe.LOSSES : probe);
        return compared ? spec.comparedWith(reference(in)) : spec;
    }

    /**
     * The number of blocks is negative where they are spread: frames of consecutive ones are what they were before there was
     * a choice, and who knows of none refuses the number.
     */
    private static void write(WireOutput out, Calibration calibration) {
        out.list(calibration.documents(), WireLimits.DOCUMENTS, TrialWire::write);
        boolean spread = calibration.choice() == BlockChoice.SPREAD;
        out.writeVarInt(spread ? -calibration.sequences() : calibration.sequences(), true);
        out.writeVarInt(calibration.lengthTokens(), true);
    }

    private static Calibration calibration(WireInput in) {
        List<DocumentRef> documents = in.list(WireLimits.DOCUMENTS, DOCUMENT_BYTES, TrialWire::document);
        int sequences = in.readVarInt(true);
        int length = in.readVarInt(true);
        return sequences < 0
                ? new Calibration(documents, -sequences, length, BlockChoice.SPREAD)
                : new Calibration(documents, sequences, length, BlockChoice.CONSECUTIVE);
    }

    /**
     * A plan of items begins with no documents, which no plan of documents has; one with answers with neither documents nor
     * items, which no plan of items has.
     */
    private static void write(WireOutput out, EvaluationPlan plan) {
        if (plan.scoresAnswers()) {
            out.list(List.<DocumentRef>of(), WireLimits.DOCUMENTS, TrialWire::write);
            out.list(List.<ItemRef>of(), WireLimits.DOCUMENTS, TrialWire::write);
            out.list(
                    IntStream.range(0, plan.documents().size())
                            .mapToObj(plan::scoredFrom)
                            .toList(),
                    WireLimits.DOCUMENTS,
                    (to, from) -> to.writeVarInt(from, true));
        }
        if (plan.scoresItems()) {
            out.list(List.<DocumentRef>of(), WireLimits.DOCUMENTS, TrialWire::write);
            out.list(plan.items(), WireLimits.DOCUMENTS, TrialWire::write);
            out.writeVarInt(plan.windowTokens(), true);
            return;
        }
        out.list(plan.documents(), WireLimits.DOCUMENTS, TrialWire::write);
        out.list(plan.lengths(), WireLimits.NUMBERS, (to, length) -> to.writeVarInt(length, true));
        out.writeVarInt(plan.windowTokens(), true);
    }

    private static EvaluationPlan plan(WireInput in) {
        List<DocumentRef> documents = in.list(WireLimits.DOCUMENTS, DOCUMENT_BYTES, TrialWire::document);
        if (documents.isEmpty()) {
            List<ItemRef> items = in.list(WireLimits.DOCUMENTS, ITEM_BYTES, TrialWire::item);
            return items.isEmpty() ? planWithAnswers(in) : EvaluationPlan.ofItems(items, in.readVarInt(true));
        }
        return new EvaluationPlan(
                documents, in.list(WireLimits.NUMBERS, 1, from -> from.readVarInt(true)), in.readVarInt(true));
    }

    private static EvaluationPlan planWithAnswers(WireInput in) {
        List<Integer> scoredFrom = in.list(WireLimits.DOCUMENTS, 1, from -> from.readVarInt(true));
        return EvaluationPlan.withAnswers(
                in.list(WireLimits.DOCUMENTS, DOCUMENT_BYTES, TrialWire::document),
                scoredFrom,
                in.list(WireLimits.NUMBERS, 1, from -> from.readVarInt(true)),
                in.readVarInt(true));
    }

    private static void write(WireOutput out, ItemRef item) {
        out.writeBytes(HexFormat.of().parseHex(item.digest()));
        out.writeVarInt(item.sharedTokens(), true);
        out.list(item.continuations(), WireLimits.NUMBERS, (to, continuation) -> {
            to.writeVarInt(continuation.fromToken(), true);
            to.writeVarInt(continuation.toToken(), true);
        });
    }

    private static ItemRef item(WireInput in) {
        return new ItemRef(
                HexFormat.of().formatHex(in.readBytes(DIGEST_BYTES)),
                in.readVarInt(true),
                in.list(
                        WireLimits.NUMBERS,
                        2,
                        from -> new ItemRef.Continuation(from.readVarInt(true), from.readVarInt(true))));
    }

    private static void write(WireOutput out, DocumentRef document) {
        out.text(document.name());
        out.text(document.digest());
        out.writeVarInt(document.tokens(), true);
    }

    private static DocumentRef document(WireInput in) {
        return new DocumentRef(in.text(), in.text(), in.readVarInt(true));
    }
}
