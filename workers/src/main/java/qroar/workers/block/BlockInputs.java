package qroar.workers.block;

import java.util.Collection;
import qroar.workers.config.Projection;
import qroar.workers.torch.TorchValue;

/** What entered a block's linears, before activation quantization, as far as one of them. Owns its tensors. */
public final class BlockInputs implements AutoCloseable {
    private final TorchValue[] tensors;

    BlockInputs(TorchValue[] tensors) {
        this.tensors = tensors;
    }

    /** Where the tensor that enters a linear stands among the four that a block has. */
    static int index(Projection projection) {
        return switch (projection) {
            case QUERY, KEY, VALUE -> 0;
            case OUTPUT -> 1;
            case GATE, UP -> 2;
            case DOWN -> 3;
        };
    }

    /** Of the one that comes last in a block. */
    static int last(Collection<Projection> projections) {
        return projections.stream().mapToInt(BlockInputs::index).max().orElseThrow();
    }

    /**
     * What the linear is applied to, [positions, in]; q, k and v share one, gate and up another.
     *
     * @throws ArrayIndexOutOfBoundsException for one behind those that were asked for
     */
    public TorchValue input(Projection projection) {
        return tensors[index(projection)];
    }

    @Override
    public void close() {
        for (TorchValue tensor : tensors) {
            tensor.close();
        }
    }
}
