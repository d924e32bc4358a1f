package qroar.workers.torch;

import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * Typed calls into {@code quantize.py}, where each operation is described. Weights are float32, [out, in]; a group is a
 * divisor of the row's length. Every result belongs to the caller, who closes it; arguments stay the caller's.
 * Thread-safe.
 */
public final class QuantizeScript {
    private static final int TABLE_BITS = 4;

    private final ScriptModule module;

    QuantizeScript(ScriptModule module) {
        this.module = module;
    }

    /** Round to nearest over groups of {@code group} consecutive columns. */
    public TorchValue roundToNearest(TorchValue weight, int bits, int group) {
        return call("round_to_nearest", weight, bits, group);
    }

    /** The same weight, and the codes that it is made of. */
    public CodedWeight roundToCodes(TorchValue weight, int bits, int group) {
        try (TorchValue list = call("round_to_codes", weight, bits, group)) {
            return coded(bits, list.tensors());
        }
    }

    /**
     * The nearest entries of a table times the largest magnitude of each block, a run of {@code block} weights of the
     * flattened matrix.
     *
     * @param table at most 16 values of [-1, 1], rising
     */
    public CodedWeight roundToTable(TorchValue weight, TorchValue table, int block) {
        try (TorchValue list = call("round_to_table", weight, table, block)) {
            return coded(TABLE_BITS, list.tensors());
        }
    }

    /**
     * The same with the magnitudes of blocks rounded in their turn: what they differ from their mean by, to the nearest entries
     * of a map times the largest such difference of each run of {@code run} blocks.
     *
     * @param map values of [-1, 1], rising
     */
    public CodedWeight roundToTableTwice(TorchValue weight, TorchValue table, int block, TorchValue map, int run) {
        try (TorchValue list = call("round_to_table_twice", weight, table, block, map, run)) {
            return coded(TABLE_BITS, list.tensors());
        }
    }

    /** A quantized weight, float32 [out, in], and what it is made of: equal to the bit. Whoever receives one owns both. */
    public record CodedWeight(TorchValue weight, Codes codes) {}

    /** @param parts weight, its four or five parts; closed here but for the weight */
    private static CodedWeight coded(int bits, TorchValue... parts) {
        try (ValueScope scope = new ValueScope()) {
            for (int i = 1; i < parts.length; i++) {
                scope.own(parts[i]);
            }
            return new CodedWeight(parts[0], Codes.of(bits, List.of(parts).subList(1, parts.length)));
        }
    }

    TorchValue weightOfCodes(TorchValue parts, int columns) {
        return call("weight_of_codes", parts, columns);
    }

    TorchValue pairedCodes(TorchValue codes) {
        return call("paired_codes", codes);
    }

    TorchValue unpairedCodes(TorchValue codes, int columns) {
        return call("unpaired_codes", codes, columns);
    }

    // ---- AWQ

    /** Sums of |x| per channel in double, none yet, [columns]. */
    public TorchValue zeroMagnitudes(int columns, TorchDevice device) {
        try (TorchValue like = TorchRuntime.decoder().absent(device)) {
            return call("zero_magnitudes", like, columns);
        }
    }

    /** Adds those of the rows of x in place. */
    public void addMagnitudes(TorchValue sums, TorchValue x) {
        call("add_magnitudes", sums, x).close();
    }

    /** The sums over a number of rows, in float32. */
    public TorchValue meanOf(TorchValue sums, long rows) {
        return call("mean_of", sums, Math.toIntExact(rows));
    }

    /** s = max(x^ratio, 1e-4), over sqrt(max s min s). */
    public TorchValue channelScales(TorchValue magnitude, double ratio) {
        return call("channel_scales", magnitude, ratio);
    }

    /** Round to nearest of W s, over s. */
    public TorchValue roundScaled(TorchValue weight, TorchValue scales, int bits, int group) {
        return call("round_scaled", weight, scales, bits, group);
    }

    /** Column i times scale i. */
    public TorchValue columnsTimes(TorchValue weight, TorchValue scales) {
        return call("columns_times", weight, scales);
    }

    /** A vector, or each row of a matrix, over the scales. */
    public TorchValue over(TorchValue x, TorchValue scales) {
        return call("over", x, scales);
    }

    /** Row i over scale i. */
    public TorchValue rowsOver(TorchValue weight, TorchValue scales) {
        return call("rows_over", weight, scales);
    }

    /** Sum of the squares of (x - y) W^T. */
    public double squaredDifference(TorchValue x, TorchValue y, TorchValue weight) {
        return number(call("squared_difference", x, y, weight));
    }

    /** Sum of the squares of x (W - V)^T. */
    public double squaredChange(TorchValue x, TorchValue w, TorchValue v) {
        return number(call("squared_change", x, w, v));
    }

    /** silu(x gate^T + b) (x up^T + b'); a bias without elements is none. */
    public TorchValue gated(TorchValue x, TorchValue gate, TorchValue gateBias, TorchValue up, TorchValue upBias) {
        return call("gated", x, gate, gateBias, up, upBias);
    }

    /** Rows first, first + step, ... of a matrix. */
    public TorchValue rowsFrom(TorchValue x, int first, int step) {
        return call("rows_from", x, first, step);
    }

    /** Matrices below each other. */
    public TorchValue stacked(List<TorchValue> xs) {
        try (TorchValue list = TorchRuntime.decoder().list(xs)) {
            return call("stacked", list);
        }
    }

    /**
     * AWQ's bound of |w| per row and group, [out, groups, 1].
     *
     * @param x inputs, [tokens, in]
     * @param part output rows to work on at a time, which bounds memory
     */
    public TorchValue clipBounds(TorchValue weight, TorchValue x, int bits, int group, int part) {
        return call("clip_bounds", weight, x, bits, group, part);
    }

    /** The weight clamped to [-bound, bound] per row and group. */
    public TorchValue clampedGroups(TorchValue weight, TorchValue bounds, int group) {
        return call("clamped_groups", weight, bounds, group);
    }

    // ---- SmoothQuant

    /** Largest |x| per channel, none yet, [columns]. */
    public TorchValue zeroPeaks(int columns, TorchDevice device) {
        try (TorchValue like = TorchRuntime.decoder().absent(device)) {
            return call("zero_peaks", like, columns);
        }
    }

    /** Raises them to those of the rows of x in place. */
    public void addPeaks(TorchValue peaks, TorchValue x) {
        call("add_peaks", peaks, x).close();
    }

    /** s = max(peaks^alpha / w^(1 - alpha), 1e-5) with w the largest |W| of a column over the linears, at least 1e-5. */
    public TorchValue smoothing(TorchValue peaks, List<TorchValue> linears, double alpha) {
        try (TorchValue list = TorchRuntime.decoder().list(linears)) {
            return call("smoothing", peaks, list, alpha);
        }
    }

    /** Round to nearest on a grid whose middle is 0, and the codes. */
    public CodedWeight roundSymmetric(TorchValue weight, int bits, int group) {
        try (TorchValue list = call("round_symmetric", weight, bits, group)) {
            return coded(bits, list.tensors());
        }
    }

    // ---- GPTQ

    /** Zeros, [columns, columns]. */
    public TorchValue zeroSums(int columns, TorchDevice device) {
        try (TorchValue like = TorchRuntime.decoder().absent(device)) {
            return call("zero_sums", like, columns);
        }
    }

    /** Adds x^T x to the sums in place. */
    public void addProducts(TorchValue sums, TorchValue x) {
        call("add_products", sums, x).close();
    }

    /**
     * The factor that {@link #gptq} works with, as one list.
     *
     * @param sums x^T x over all calibration inputs
     * @param batches sequences among them
     */
    public TorchValue gptqFactor(TorchValue sums, int batches, ColumnOrder order) {
        return call("gptq_factor", sums, batches, order == ColumnOrder.BY_ACTIVATION ? 1 : 0);
    }

    /** The order in which GPTQ quantizes columns. */
    public enum ColumnOrder {
        AS_STORED,
        /** By falling diagonal of the Hessian. */
        BY_ACTIVATION
    }

    /** Whether both factorisations worked; not so where inputs were not finite. */
    public boolean isFactor(TorchValue factor) {
        TorchValue[] parts = factor.tensors();
        try {
            return parts[parts.length - 1].longs()[0] == 0;
        } finally {
            for (TorchValue part : parts) {
                part.close();
            }
        }
    }

    /**
     * What GPTQ makes of a weight.
     *
     * @param error half the sum of ((w - q) / U_ii)^2, a scalar
     */
    public record GptqWeight(TorchValue weight, Codes codes, TorchValue error) {}

    /**
     * Whoever receives the result owns its three parts.
     *
     * @param group 0 for the whole row
     */
    public GptqWeight gptq(
            TorchValue weight, TorchValue factor, int bits, int group, boolean symmetric, boolean staticGroups) {
        try (TorchValue list = call("gptq", weight, factor, bits, group, symmetric ? 1 : 0, staticGroups ? 1 : 0)) {
            TorchValue[] found = list.tensors();
            CodedWeight coded = coded(bits, found[0], found[2], found[3], found[4], found[5]);
            return new GptqWeight(coded.weight(), coded.codes(), found[1]);
        }
    }

    private static double number(TorchValue scalar) {
        try (scalar) {
            return scalar.floats()[0];
        }
    }

    /** Integers and doubles among the arguments become native scalars of the call. */
    private TorchValue call(String method, Object... arguments) {
        IValue[] raw = new IValue[arguments.length];
        try (ValueScope scalars = new ValueScope()) {
            for (int i = 0; i < raw.length; i++) {
                if (arguments[i] instanceof Integer integer) {
                    raw[i] =
                            scalars.own(TorchRuntime.decoder().integer(integer)).raw();
                } else if (arguments[i] instanceof Double number) {
                    raw[i] = scalars.own(TorchRuntime.decoder().number(number)).raw();
                } else {
                    raw[i] = ((TorchValue) arguments[i]).raw();
                }
            }
            return module.call(method, raw);
        }
    }
}
