package qroar.protocol.wire;

import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.AwqQuantization;
import qroar.protocol.quantization.GptqQuantization;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.quantization.WeightQuantization;

/** Fields of quantization specs, in the order of their records. */
final class QuantizationWire {
    private QuantizationWire() {}

    static NoQuantization none(WireInput in) {
        return new NoQuantization();
    }

    static void write(WireOutput out, RtnQuantization rtn) {
        out.writeVarInt(rtn.bits(), true);
        out.writeVarInt(rtn.group(), true);
    }

    static RtnQuantization rtn(WireInput in) {
        return new RtnQuantization(in.readVarInt(true), in.readVarInt(true));
    }

    static void write(WireOutput out, AwqQuantization awq) {
        out.writeVarInt(awq.bits(), true);
        out.writeVarInt(awq.group(), true);
        out.writeBoolean(awq.clip());
    }

    static AwqQuantization awq(WireInput in) {
        return new AwqQuantization(in.readVarInt(true), in.readVarInt(true), in.readBoolean());
    }

    static void write(WireOutput out, GptqQuantization gptq) {
        out.writeVarInt(gptq.bits(), true);
        out.writeVarInt(gptq.group(), true);
        out.writeBoolean(gptq.actOrder());
        out.writeBoolean(gptq.staticGroups());
        out.writeBoolean(gptq.trueSequential());
        out.writeBoolean(gptq.symmetric());
    }

    static GptqQuantization gptq(WireInput in) {
        return new GptqQuantization(
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
