package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.block.Chunk;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.RotaryTables;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.golden.GoldenTensors;
import qroar.workers.golden.Numbers;
import qroar.workers.lending.LayerUse;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class GoldenLogitsTest {
    private static final float TOLERANCE = 1e-3f;

    @Test
    void logitsAgreeWithTheReference() {
        int rows = 0;
        for (Path file : GoldenFiles.list("logits", ".safetensors")) {
            if (file.toString().contains("_hidden_")) {
                continue;
            }
            GoldenTensors golden = GoldenTensors.read(file);
            String name = file.getFileName().toString().replace(".safetensors", "");
            Checkpoint checkpoint = GoldenFiles.checkpoint(name);
            RopeScaling rope = golden.metadata("variant").equals("none")
                    ? new NoScaling()
                    : checkpoint.config().ropeScaling();
            int[] tokens = GoldenFiles.tokens(golden.metadata("tokens_file"));
            float[] expected = golden.floats("logits");
            int vocabulary = checkpoint.config().vocabularySize();
            float[] logits = last(states(checkpoint, rope, tokens));
            int row = 0;
            for (int position : golden.integers("positions")) {
                Numbers.assertWithin(
                        name + " position " + position,
                        TOLERANCE,
                        Arrays.copyOfRange(logits, position * vocabulary, (position + 1) * vocabulary),
                        Arrays.copyOfRange(expected, row * vocabulary, (row + 1) * vocabulary));
                row++;
            }
            rows += row;
        }
        assertThat(rows).isPositive();
        System.out.printf("golden logits: %d rows compared%n", rows);
    }

    @Test
    void hiddenStatesAgreeWithTheReferenceAfterEveryBlock() {
        GoldenTensors golden = GoldenTensors.read(GoldenFiles.path("logits/tiny-llama_hidden_first24.safetensors"));
        int[] tokens = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_a.json"), 24);
        List<float[]> states = states(GoldenFiles.checkpoint("tiny-llama"), new NoScaling(), tokens);
        int blocks = states.size() - 3;
        for (int i = 0; i <= blocks; i++) {
            // The reference keeps the last block's output only after the final norm.
            float[] state = i < blocks ? states.get(i) : states.get(blocks + 1);
            Numbers.assertWithin("hidden state " + i, TOLERANCE, state, golden.floats("hidden_0" + i));
        }
        Numbers.assertWithin("logits", TOLERANCE, last(states), golden.floats("logits"));
        System.out.printf("golden hidden states: %d matrices compared%n", blocks + 2);
    }

    private static float[] last(List<float[]> states) {
        return states.get(states.size() - 1);
    }

    /** Embedding, output of each block, its final norm, logits. */
    private static List<float[]> states(Checkpoint checkpoint, RopeScaling rope, int[] tokens) {
        DecoderScript script = TorchRuntime.decoder();
        TorchDevice device = TorchDevice.CPU;
        List<float[]> states = new ArrayList<>();
        int n = tokens.length;
        long[] ids = Arrays.stream(tokens).asLongStream().toArray();
        try (DecoderModel model = DecoderModel.load(checkpoint, device, QuantizationSpec.NONE);
                RotaryTables rotary =
                        RotaryTables.of(InverseFrequencies.of(model.config().geometry(), rope, n), null, n, device);
                KeyValueCache cache =
                        KeyValueCache.allocate(model.config(), model.config().layerCount(), n, device);
                Chunk chunk = new Chunk(rotary, 0, n, device);
                TorchValue input = script.longs(ids, device)) {
            TorchValue x = model.embed(input);
            states.add(x.floats());
            for (int layer = 0; layer < model.config().layerCount(); layer++) {
                TorchValue next;
                try (LayerUse<TorchValue> weights = model.layer(layer)) {
                    next = model.blocks().run(layer, weights.packed(), cache, chunk, x, null);
                }
                x.close();
                x = next;
                states.add(x.floats());
            }
            for (TorchValue value : script.logits(
                    x,
                    model.head().norm(),
                    model.head().matrix().packed(),
                    model.blocks().epsilon(),
                    model.arithmetic().products())) {
                states.add(value.floats());
                value.close();
            }
            x.close();
        }
        return states;
    }
}
