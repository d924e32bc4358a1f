package qroar.protocol.wire;

import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;

/** Fields of band scales, in the order of their records. */
final class ScalesWire {
    private ScalesWire() {}

    static void write(WireOutput out, BandScales scales) {
        out.list(scales.partition().bands(), WireLimits.NUMBERS, ScalesWire::write);
        out.choice(scales.mode());
        out.doubles(scales.scales());
    }

    static BandScales bandScales(WireInput in) {
        BandPartition partition = new BandPartition(in.list(WireLimits.NUMBERS, 2, ScalesWire::band));
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
