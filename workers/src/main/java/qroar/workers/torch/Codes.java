package qroar.workers.torch;

import java.util.ArrayList;
import java.util.List;
import qroar.workers.packed.GroupCodes;

/**
 * A weight as integers on grids, or numbers of a table's entries, on a device; {@link GroupCodes} is the former in Java. Owns
 * its tensors; whoever receives one closes it.
 */
public final class Codes implements AutoCloseable {
    private static final int CODES = 0;
    private static final int SCALES = 1;
    private static final int GRID_PARTS = 4;

    private final int bits;
    private final int in;
    /** Codes, scales, zero points, group of each column, perhaps a table: see {@code weight_of_codes} in quantize.py. */
    private final TorchValue parts;

    private Codes(int bits, int in, TorchValue parts) {
        this.bits = bits;
        this.in = in;
        this.parts = parts;
    }

    /** @param parts stay the caller's */
    static Codes of(int bits, List<TorchValue> parts) {
        int in = Math.toIntExact(parts.get(0).shape()[1]);
        return new Codes(bits, in, TorchRuntime.decoder().list(parts));
    }

    /** A copy on the device. */
    public static Codes of(GroupCodes codes, TorchDevice device) {
        DecoderScript script = TorchRuntime.decoder();
        int[] groupOfColumn = codes.groupOfColumn();
        long[] order = new long[groupOfColumn == null ? 0 : groupOfColumn.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = groupOfColumn == null ? 0 : groupOfColumn[i];
        }
        long[] grids = {codes.out(), codes.groups()};
        try (ValueScope scope = new ValueScope()) {
            TorchValue bytes = scope.own(script.bytes(codes.codes(), new long[] {codes.out(), codes.in()}, device));
            TorchValue scales = scope.own(script.floats(codes.scales(), grids, device));
            TorchValue zeros = scope.own(script.bytes(codes.zeros(), grids, device));
            return of(codes.bits(), List.of(bytes, scales, zeros, scope.own(script.longs(order, device))));
        }
    }

    public int bits() {
        return bits;
    }

    /** The weight, float32 [out, in]. */
    public TorchValue weight() {
        return TorchRuntime.quantize().weightOfCodes(parts, in);
    }

    /** The same in as little memory as its bits need: two codes of at most 4 bits to a byte. */
    public Codes dense() {
        try (ValueScope scope = new ValueScope()) {
            List<TorchValue> each = parts(scope);
            if (bits > GroupCodes.DENSE_BITS || each.get(0).shape()[1] < in) {
                return new Codes(bits, in, TorchRuntime.decoder().list(each));
            }
            TorchValue paired = scope.own(TorchRuntime.quantize().pairedCodes(each.get(0)));
            return new Codes(bits, in, TorchRuntime.decoder().list(with(each, CODES, paired)));
        }
    }

    private static List<TorchValue> with(List<TorchValue> parts, int changed, TorchValue part) {
        List<TorchValue> others = new ArrayList<>(parts);
        others.set(changed, part);
        return others;
    }

    /** @throws IllegalStateException for codes of a table, which callers know and treat as plain weights */
    private List<TorchValue> onGrids(ValueScope scope) {
        List<TorchValue> each = parts(scope);
        if (each.size() > GRID_PARTS) {
            throw new IllegalStateException("codes of a table lie on no grid");
        }
        return each;
    }

    /** The same codes, the scales of row r multiplied by factor r. */
    public Codes rowsTimes(float[] factors, TorchDevice device) {
        try (ValueScope scope = new ValueScope()) {
            List<TorchValue> each = onGrids(scope);
            TorchValue rows = scope.own(TorchRuntime.decoder().floats(factors, new long[] {factors.length, 1}, device));
            TorchValue scales = scope.own(TorchRuntime.quantize().columnsTimes(each.get(1), rows));
            return new Codes(bits, in, TorchRuntime.decoder().list(with(each, SCALES, scales)));
        }
    }

    /** A copy in Java. */
    public GroupCodes read() {
        try (ValueScope scope = new ValueScope()) {
            List<TorchValue> each = onGrids(scope);
            TorchValue codes = each.get(0);
            if (codes.shape()[1] < in) {
                codes = scope.own(TorchRuntime.quantize().unpairedCodes(codes, in));
            }
            long[] grids = each.get(1).shape();
            long[] order = each.get(3).longs();
            int[] groupOfColumn = new int[order.length];
            for (int i = 0; i < order.length; i++) {
                groupOfColumn[i] = Math.toIntExact(order[i]);
            }
            return new GroupCodes(
                    bits,
                    Math.toIntExact(grids[0]),
                    in,
                    Math.toIntExact(grids[1]),
                    codes.bytes(),
                    each.get(1).floats(),
                    each.get(2).bytes(),
                    order.length == 0 ? null : groupOfColumn);
        }
    }

    /** What it takes on the device. */
    public long size() {
        return TorchRuntime.decoder().bytes(parts);
    }

    private List<TorchValue> parts(ValueScope scope) {
        TorchValue[] each = parts.tensors();
        for (TorchValue part : each) {
            scope.own(part);
        }
        return List.of(each);
    }

    /** Another reference to the same tensors. */
    public Codes share() {
        try (ValueScope scope = new ValueScope()) {
            return new Codes(bits, in, TorchRuntime.decoder().list(parts(scope)));
        }
    }

    @Override
    public void close() {
        parts.close();
    }
}
