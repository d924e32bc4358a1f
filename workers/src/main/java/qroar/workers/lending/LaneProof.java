package qroar.workers.lending;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import qroar.protocol.trial.Precision;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * Made-up layers through a chain of products, each fetched while the products with the one before are queued and given back as soon as
 * they are: once plainly and some times by another lane. Layers are of several sizes, so that memory is used again and
 * soon, and rest in other types than they are computed with. The results and the layers themselves must be the same to the
 * bit.
 *
 * <p>That a device gives equal results is no proof that it always will; that is what {@link CopyLane}'s rules are for. It
 * does show that streams, waiting and page-locked memory work here at all.
 */
final class LaneProof {
    private static final int ROUNDS = 3;
    private static final int LAYERS = 7;
    private static final int PRODUCTS = 12;

    private final TorchDevice device;
    private final Precision stored;
    private final Precision computed;
    private final int size;

    private LaneProof(TorchDevice device, Precision stored, Precision computed, int size) {
        this.device = device;
        this.stored = stored;
        this.computed = computed;
        this.size = size;
    }

    /** @throws IllegalStateException when results differ; anything else that the device throws */
    static void require(TorchDevice device, Lane lane) {
        // Smaller ones where products take long.
        int largest = device.kind() == TorchDevice.Kind.CPU ? 64 : 2048;
        new LaneProof(device, Precision.BFLOAT16, Precision.FLOAT32, largest).require(lane);
        new LaneProof(device, Precision.FLOAT32, Precision.FLOAT32, largest / 2 + 3).require(lane);
        new LaneProof(device, Precision.FLOAT32, Precision.BFLOAT16, largest / 8).require(lane);
        new LaneProof(device, Precision.FLOAT16, Precision.FLOAT16, largest / 4 + 1).require(lane);
    }

    private void require(Lane lane) {
        DecoderScript script = TorchRuntime.decoder();
        try (ValueScope scope = new ValueScope()) {
            List<TorchValue> resting = new ArrayList<>();
            for (int layer = 0; layer < LAYERS; layer++) {
                resting.add(scope.own(script.made(TorchDevice.CPU, stored, size, size)));
            }
            TorchValue start = scope.own(script.made(device, computed, size, size));
            List<float[]> expected = pass(new PlainLane(), resting, start);
            for (int round = 0; round < ROUNDS; round++) {
                List<float[]> found = pass(lane, resting, start);
                for (int i = 0; i < expected.size(); i++) {
                    if (!Arrays.equals(found.get(i), expected.get(i))) {
                        throw new IllegalStateException("error: layers of " + stored.word() + " [" + size + ", " + size
                                + "] on a copy stream gave other bits");
                    }
                }
            }
        }
    }

    /** The last product, and then each layer as it was copied. */
    private List<float[]> pass(Lane lane, List<TorchValue> resting, TorchValue start) {
        DecoderScript script = TorchRuntime.decoder();
        LentLayers<TorchValue> layers =
                new LentLayers<>(layer -> script.onto(resting.get(layer), device, computed), TorchValue::close, lane);
        List<float[]> results = new ArrayList<>();
        TorchValue x = start.share();
        try {
            LayerUse<TorchValue> next = layers.ahead(0);
            for (int layer = 0; layer < LAYERS; layer++) {
                LayerUse<TorchValue> ahead = layers.ahead((layer + 1) % LAYERS);
                try (LayerUse<TorchValue> current = next) {
                    next = ahead;
                    for (int i = 0; i < PRODUCTS; i++) {
                        TorchValue product = script.product(x, current.packed());
                        x.close();
                        x = product;
                    }
                } catch (RuntimeException | Error e) {
                    ahead.close();
                    throw e;
                }
            }
            next.close();
            results.add(read(x));
            for (int layer = 0; layer < LAYERS; layer++) {
                try (LayerUse<TorchValue> one = layers.ahead(layer)) {
                    results.add(read(one.packed()));
                }
            }
        } finally {
            x.close();
            layers.settle();
        }
        return results;
    }

    private static float[] read(TorchValue tensor) {
        try (TorchValue wide = TorchRuntime.decoder().widened(tensor, TorchDevice.CPU)) {
            return wide.floats();
        }
    }
}
