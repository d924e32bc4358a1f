package qroar.protocol.wire;

import qroar.protocol.rope.Band;
import qroar.protocol.rope.BandPartition;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeScaling.Dynamic;
import qroar.protocol.rope.RopeScaling.Linear;
import qroar.protocol.rope.RopeScaling.Llama3;
import qroar.protocol.rope.RopeScaling.LongRope;
import qroar.protocol.rope.RopeScaling.None;
import qroar.protocol.rope.RopeScaling.Ntk;
import qroar.protocol.rope.RopeScaling.Yarn;
import qroar.protocol.rope.ScaleMode;

/** Fields of rotary scalings and band scales, in the order of their records. */
final class RopeWire {
    private RopeWire() {}

    static None none(WireInput in) {
        return new None();
    }

    static void write(WireOutput out, Linear linear) {
        out.writeDouble(linear.factor());
    }

    static Linear linear(WireInput in) {
        return new Linear(in.readDouble());
    }

    static void write(WireOutput out, Ntk ntk) {
        out.writeDouble(ntk.alpha());
    }

    static Ntk ntk(WireInput in) {
        return new Ntk(in.readDouble());
    }

    static void write(WireOutput out, Dynamic dynamic) {
        out.writeDouble(dynamic.factor());
    }

    static Dynamic dynamic(WireInput in) {
        return new Dynamic(in.readDouble());
    }

    static void write(WireOutput out, Yarn yarn) {
        out.writeDouble(yarn.factor());
        out.optionalInt(yarn.originalMaxPositions());
        out.writeDouble(yarn.betaFast());
        out.writeDouble(yarn.betaSlow());
        out.optionalDouble(yarn.attentionFactor());
        out.optionalDouble(yarn.mscale());
        out.optionalDouble(yarn.mscaleAllDim());
        out.writeBoolean(yarn.truncate());
    }

    static Yarn yarn(WireInput in) {
        return new Yarn(
                in.readDouble(),
                in.optionalInt(),
                in.readDouble(),
                in.readDouble(),
                in.optionalDouble(),
                in.optionalDouble(),
                in.optionalDouble(),
                in.readBoolean());
    }

    static void write(WireOutput out, Llama3 llama3) {
        out.writeDouble(llama3.factor());
        out.writeDouble(llama3.lowFreqFactor());
        out.writeDouble(llama3.highFreqFactor());
        out.writeVarInt(llama3.originalMaxPositions(), true);
    }

    static Llama3 llama3(WireInput in) {
        return new Llama3(in.readDouble(), in.readDouble(), in.readDouble(), in.readVarInt(true));
    }

    static void write(WireOutput out, LongRope longRope) {
        out.doubles(longRope.shortFactor());
        out.doubles(longRope.longFactor());
        out.optionalInt(longRope.originalMaxPositions());
        out.optionalDouble(longRope.attentionFactor());
        out.optionalDouble(longRope.factor());
    }

    static LongRope longRope(WireInput in) {
        return new LongRope(in.doubles(), in.doubles(), in.optionalInt(), in.optionalDouble(), in.optionalDouble());
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
