package qroar.protocol.wire;

import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.quantization.WeightQuantization.Awq;
import qroar.protocol.quantization.WeightQuantization.Gptq;
import qroar.protocol.quantization.WeightQuantization.None;
import qroar.protocol.quantization.WeightQuantization.Rtn;

/** Fields of quantization specs, in the order of their records. */
final class QuantizationWire {
    private QuantizationWire() {}

    static None none(WireInput in) {
        return new None();
    }

    static void write(WireOutput out, Rtn rtn) {
        out.writeVarInt(rtn.bits(), true);
        out.writeVarInt(rtn.group(), true);
    }

    static Rtn rtn(WireInput in) {
        return new Rtn(in.readVarInt(true), in.readVarInt(true));
    }

    static void write(WireOutput out, Awq awq) {
        out.writeVarInt(awq.bits(), true);
        out.writeVarInt(awq.group(), true);
        out.writeBoolean(awq.clip());
    }

    static Awq awq(WireInput in) {
        return new Awq(in.readVarInt(true), in.readVarInt(true), in.readBoolean());
    }

    static void write(WireOutput out, Gptq gptq) {
        out.writeVarInt(gptq.bits(), true);
        out.writeVarInt(gptq.group(), true);
        out.writeBoolean(gptq.actOrder());
        out.writeBoolean(gptq.staticGroups());
        out.writeBoolean(gptq.trueSequential());
        out.writeBoolean(gptq.symmetric());
    }

    static Gptq gptq(WireInput in) {
        return new Gptq(
                in.readVarInt(true),
                in.readVarInt(true),
                in.readBoolean(),
                in.readBoolean(),
                in.readBoolean(),
                in.readBoolean());
    }

    static void write(WireOutput out, QuantizationSpec spec) {
        out.tagged(spec.weights());
        ActivationQuantization activations = spec.activations();
        out.writeBoolean(activations != null);
        if (activations != null) {
            out.writeVarInt(activations.bits(), true);
            out.choice(activations.range());
        }
        out.writeVarInt(spec.kvBits(), true);
    }

    static QuantizationSpec spec(WireInput in) {
        WeightQuantization weights = in.tagged(WeightQuantization.class);
        ActivationQuantization activations = in.readBoolean()
                ? new ActivationQuantization(in.readVarInt(true), in.choice(ActivationQuantization.Range.class))
                : null;
        return new QuantizationSpec(weights, activations, in.readVarInt(true));
    }
}
