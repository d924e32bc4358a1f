package qroar.workers.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import qroar.protocol.BadInput;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.SafetensorsWriter;
import qroar.workers.tensors.TensorSink;

/** Shards that say how far what was written lies from what was given. */
final class RoundedTensors implements TensorSink {
    private final ShardedTensors shards;
    private double largest;

    RoundedTensors(ShardedTensors shards) {
        this.shards = shards;
    }

    /**
     * Largest difference between a number that was written and the one given, as a share of it, or of the type's smallest
     * normal number where it is below that.
     */
    double largestRounding() {
        return largest;
    }

    @Override
    public void numbers(String tensor, float[] values) throws IOException {
        SafetensorsWriter writer = shards.of(tensor);
        Dtype dtype = writer.dtype(tensor);
        writer.append(tensor, values);
        if (dtype == Dtype.F32) {
            return;
        }
        ByteBuffer narrow = ByteBuffer.allocate(dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (float exact : values) {
            dtype.put(narrow.clear(), exact);
            float stored = dtype.get(narrow.flip());
            if (Float.isInfinite(stored) && !Float.isInfinite(exact)) {
                throw new BadInput("tensor '" + tensor + "': " + dtype.torchName() + " cannot hold " + exact);
            }
            if (stored != exact && !Float.isNaN(exact)) {
                double size = Math.max(Math.abs(exact), dtype.smallestNormal());
                largest = Math.max(largest, Math.abs((double) stored - exact) / size);
            }
        }
    }

    @Override
    public void words(String tensor, int[] values) throws IOException {
        shards.of(tensor).append(tensor, values);
    }

    @Override
    public void whole(String tensor, long value) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        shards.of(tensor).append(tensor, bytes.putLong(value).flip());
    }
}
