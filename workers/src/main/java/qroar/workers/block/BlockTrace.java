package qroar.workers.block;

import qroar.workers.config.Projection;
import qroar.workers.torch.TorchValue;

/** A block's output and what entered its linears on the way, before activation quantization. Owns its tensors. */
public final class BlockTrace implements AutoCloseable {
    private final TorchValue[] tensors;

    BlockTrace(TorchValue[] tensors) {
        this.tensors = tensors;
    }

    /** [positions, hidden]. */
    public TorchValue output() {
        return tensors[0];
    }

    /** What the linear is applied to, [positions, in]; q, k and v share one, gate and up another. */
    public TorchValue input(Projection projection) {
        return tensors[1 + BlockInputs.index(projection)];
    }

    @Override
    public void close() {
        for (TorchValue tensor : tensors) {
            tensor.close();
        }
    }
}
