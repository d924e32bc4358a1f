package qroar.workers.model;

import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.block.LayerRotary;
import qroar.workers.config.ModelConfig;
import qroar.workers.torch.TorchDevice;

/**
 * How one document is read.
 *
 * @param frequencies of the whole pass
 * @param scales of the trial, or null for none
 * @param positions tokens the pass has room for
 * @param probe whether q and k magnitudes are counted on the way
 * @param chunkTokens tokens that go through the blocks together; results agree between sizes up to float32 rounding
 */
public record PassPlan(
        RopeFrequencies frequencies, @Nullable BandScales scales, int positions, Probe probe, int chunkTokens) {
    /**
     * From 256 to 2048 the speed on a processor is the same within measuring error (2.2M parameters, T=2048: 7,300 to
     * 7,900 tokens per cpu-second; 128 costs a tenth), so this is a size that keeps cancellation and memory small.
     */
    public static final int DEFAULT_CHUNK_TOKENS = 512;

    /** A GPU's matrix units are fed by thousands of rows; what a chunk takes there is little beside its memory. */
    public static final int GPU_CHUNK_TOKENS = 2048;

    /**
     * The size for a kind of device. It depends on nothing else: neither placement nor order nor room for it changes what is
     * added to what.
     */
    public static int chunkTokens(TorchDevice device) {
        return device.kind() == TorchDevice.Kind.GPU ? GPU_CHUNK_TOKENS : DEFAULT_CHUNK_TOKENS;
    }

    public PassPlan {
        if (positions < 1 || chunkTokens < 1) {
            throw new IllegalArgumentException(
                    "a pass of " + positions + " positions in chunks of " + chunkTokens + "; both must be at least 1");
        }
    }

    /**
     * Default chunks, and frequencies for a forward over exactly {@code positions} tokens: length-dependent scalings
     * choose once for the whole pass, as the reference does for one forward over all tokens.
     */
    public static PassPlan of(
            ModelConfig config, RopeScaling rope, @Nullable BandScales scales, int positions, Probe probe) {
        return new PassPlan(
                InverseFrequencies.of(config.geometry(), rope, positions),
                scales,
                positions,
                probe,
                DEFAULT_CHUNK_TOKENS);
    }

    /** Rotary tables of a model's layers. */
    LayerRotary rotary(DecoderModel model, LayerRotary.Keeping keeping) {
        return new LayerRotary(frequencies, scales, model.config().layerCount(), positions, model.device(), keeping);
    }

    /** Chunks that the positions make. */
    public int chunks() {
        return (positions + chunkTokens - 1) / chunkTokens;
    }

    /** The same in chunks of another size. */
    public PassPlan inChunksOf(int tokens) {
        return new PassPlan(frequencies, scales, positions, probe, tokens);
    }
}
