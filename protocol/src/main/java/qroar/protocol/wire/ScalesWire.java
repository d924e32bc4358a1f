package qroar.protocol.wire;

import java.util.List;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;

/**
 * Fields of band scales, in the order of their records. Scales of groups of layers begin with no bands, which no partition
 * has, and the groups; without groups they are what they were before there were any.
 */
final class ScalesWire {
    private ScalesWire() {}

    static void write(WireOutput out, BandScales scales) {
        LayerGroups layers = scales.partition().layers();
        if (!layers.isAll()) {
            out.list(List.<Band>of(), WireLimits.NUMBERS, ScalesWire::write);
            out.writeVarInt(layers.layerCount(), true);
            out.writeVarInt(layers.size(), true);
        }
        out.list(scales.partition().bands(), WireLimits.NUMBERS, ScalesWire::write);
        out.choice(scales.mode());
        out.doubles(scales.scales());
    }

    static BandScales bandScales(WireInput in) {
        List<Band> bands = in.list(WireLimits.NUMBERS, 2, ScalesWire::band);
        LayerGroups layers = LayerGroups.ALL;
        if (bands.isEmpty()) {
            layers = new LayerGroups(in.readVarInt(true), in.readVarInt(true));
            bands = in.list(WireLimits.NUMBERS, 2, ScalesWire::band);
        }
        return new BandScales(new BandPartition(bands, layers), in.choice(ScaleMode.class), in.doubles());
    }

    private static void write(WireOutput out, Band band) {
        out.writeVarInt(band.fromPair(), true);
        out.writeVarInt(band.toPair(), true);
    }

    private static Band band(WireInput in) {
        return new Band(in.readVarInt(true), in.readVarInt(true));
    }
}
