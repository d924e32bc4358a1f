package qroar.protocol.wire;

import qroar.protocol.rope.Band;
import qroar.protocol.rope.BandPartition;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.Llama3Scaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.NtkScaling;
import qroar.protocol.rope.ScaleMode;
import qroar.protocol.rope.YarnScaling;

/** Fields of rotary scalings and band scales, in the order of their records. */
final class RopeWire {
    private RopeWire() {}

    static NoScaling none(WireInput in) {
        return new NoScaling();
    }

    static void write(WireOutput out, LinearScaling linear) {
        out.writeDouble(linear.factor());
    }

    static LinearScaling linear(WireInput in) {
        return new LinearScaling(in.readDouble());
    }

    static void write(WireOutput out, NtkScaling ntk) {
        out.writeDouble(ntk.alpha());
    }

    static NtkScaling ntk(WireInput in) {
        return new NtkScaling(in.readDouble());
    }

    static void write(WireOutput out, DynamicScaling dynamic) {
        out.writeDouble(dynamic.factor());
    }

    static DynamicScaling dynamic(WireInput in) {
        return new DynamicScaling(in.readDouble());
    }

    static void write(WireOutput out, YarnScaling yarn) {
        out.writeDouble(yarn.factor());
        out.optionalInt(yarn.originalMaxPositions());
        out.writeDouble(yarn.betaFast());
        out.writeDouble(yarn.betaSlow());
        out.optionalDouble(yarn.attentionFactor());
        out.optionalDouble(yarn.mscale());
        out.optionalDouble(yarn.mscaleAllDim());
        out.writeBoolean(yarn.truncate());
    }

    static YarnScaling yarn(WireInput in) {
        return new YarnScaling(
                in.readDouble(),
                in.optionalInt(),
                in.readDouble(),
                in.readDouble(),
                in.optionalDouble(),
                in.optionalDouble(),
                in.optionalDouble(),
                in.readBoolean());
    }

    static void write(WireOutput out, Llama3Scaling llama3) {
        out.writeDouble(llama3.factor());
        out.writeDouble(llama3.lowFreqFactor());
        out.writeDouble(llama3.highFreqFactor());
        out.writeVarInt(llama3.originalMaxPositions(), true);
    }

    static Llama3Scaling llama3(WireInput in) {
        return new Llama3Scaling(in.readDouble(), in.readDouble(), in.readDouble(), in.readVarInt(true));
    }

    static void write(WireOutput out, LongRopeScaling longRope) {
        out.doubles(longRope.shortFactor());
        out.doubles(longRope.longFactor());
        out.optionalInt(longRope.originalMaxPositions());
        out.optionalDouble(longRope.attentionFactor());
        out.optionalDouble(longRope.factor());
    }

    static LongRopeScaling longRope(WireInput in) {
        return new LongRopeScaling(
                in.doubles(), in.doubles(), in.optionalInt(), in.optionalDouble(), in.optionalDouble());
    }

    static void write(WireOutput out, BandScales scales) {
        out.list(scales.partition().bands(), WireLimits.NUMBERS, RopeWire::write);
        out.choice(scales.mode());
        out.doubles(scales.scales());
    }

    static BandScales bandScales(WireInput in) {
        BandPartition partition = new BandPartition(in.list(WireLimits.NUMBERS, 2, RopeWire::band));
        return new BandScales(partition, in.choice(ScaleMode.class), in.doubles());
    }

    private static void write(WireOutput out, Band band) {
        out.writeVarInt(band.fromPair(), true);
        out.writeVarInt(band.toPair(), true);
    }

    private static Band band(WireInput in) {
        return new Band(in.readVarInt(true), in.readVarInt(true));
    }
}
