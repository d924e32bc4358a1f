package qroar.workers.model;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Random;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.torch.TorchDevice;

/**
 * Tokens per cpu-second of whole passes (tables, blocks, output head, losses) by chunk size, on random tokens.
 * Arguments: checkpoint directory, positions, chunk sizes.
 */
public final class Throughput {
    private static final int ROUNDS = 5;

    private Throughput() {}

    public static void main(String[] args) {
        Checkpoint checkpoint = Checkpoint.open(Path.of(args[0]));
        int positions = Integer.parseInt(args[1]);
        int[] tokens = new Random(7)
                .ints(positions, 0, checkpoint.config().vocabularySize())
                .toArray();
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE)) {
            for (Probe probe : Probe.values()) {
                for (int i = 2; i < args.length; i++) {
                    int chunk = Integer.parseInt(args[i]);
                    PassPlan plan = PassPlan.of(model.config(), new NoScaling(), null, positions, probe)
                            .inChunksOf(chunk);
                    System.out.printf(
                            "%-22s T=%d chunk %5d: %7.0f tokens per cpu-second%n",
                            probe, positions, chunk, best(model, tokens, plan));
                }
            }
        }
    }

    private static double best(DecoderModel model, int[] tokens, PassPlan plan) {
        double best = 0;
        for (int round = 0; round <= ROUNDS; round++) {
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            model.tokenNll(tokens, plan);
            long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
            if (round > 0) {
                best = Math.max(best, tokens.length * 1e9 / spent);
            }
        }
        return best;
    }
}
