package qroar.workers.block;

import java.util.HashMap;
import java.util.Map;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.AttentionKernel;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * What all blocks share while consecutive positions go through them: rows of the rotary tables, and masks. Not
 * thread-safe.
 */
public final class Chunk implements AutoCloseable {
    private final ValueScope scope = new ValueScope();
    private final Map<Integer, TorchValue> masks = new HashMap<>();
    private final DecoderScript script = TorchRuntime.decoder();
    private final Arithmetic arithmetic;
    private final int first;
    private final int count;
    private final TorchValue past;
    private final TorchValue tables;
    private final TorchValue absent;

    /** For blocks in float32. */
    public Chunk(RotaryTables rotary, int from, int to, TorchDevice device) {
        this(rotary, from, to, device, Arithmetic.FLOAT32);
    }

    /**
     * @param from first position
     * @param to position after the last
     * @param arithmetic of the blocks
     */
    Chunk(RotaryTables rotary, int from, int to, TorchDevice device, Arithmetic arithmetic) {
        if (from < 0 || to <= from || to > rotary.positions()) {
            throw new IllegalArgumentException(
                    "positions [" + from + "," + to + ") of " + rotary.positions() + " prepared ones");
        }
        this.arithmetic = arithmetic;
        this.first = from;
        this.count = to - from;
        past = scope.own(script.integer(from));
        absent = scope.own(script.absent(device));
        try (TorchValue n = script.integer(count)) {
            tables = scope.own(script.chunkTables(rotary.tables(), past, n));
        }
    }

    TorchValue past() {
        return past;
    }

    TorchValue tables() {
        return tables;
    }

    /**
     * The mask of a layer that sees {@code window} keys, its own included; without elements where causality alone rules
     * and the kernel knows it by itself.
     */
    TorchValue mask(int window, AttentionKernel kernel) {
        boolean limited = window < first + count;
        if (!limited && kernel != AttentionKernel.MASKED) {
            return absent;
        }
        return masks.computeIfAbsent(
                limited ? window : Integer.MAX_VALUE,
                w -> scope.own(script.mask(absent, first, count, (int) Math.max(0, first + 1L - w), w, arithmetic)));
    }

    /** The same in float32, and never without elements. */
    TorchValue wholeMask(int window) {
        long keys = Math.min(window, (long) first + count);
        return masks.computeIfAbsent(
                -(int) keys,
                k -> scope.own(script.mask(
                        absent, first, count, (int) Math.max(0, first + 1 - keys), keys, Arithmetic.FLOAT32)));
    }

    @Override
    public void close() {
        scope.close();
    }
}
