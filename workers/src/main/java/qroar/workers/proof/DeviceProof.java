package qroar.workers.proof;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.config.ModelConfig;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.torch.AttentionKernel;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.UnusableDevice;

/**
 * What a device made of the golden vectors.
 *
 * @param checks in the order in which they were made
 */
public record DeviceProof(TorchDevice device, List<Check> checks) {
    private static final int CHUNK_TOKENS = 128;
    /** Sums of hundreds of terms on the way of a loss, each rounded; a thousandth of what one lost token would change. */
    private static final double FLOAT32_SUMS = 1e-4;

    private static final double TF32_ROUNDOFF = 0x1p-11;

    public DeviceProof {
        checks = List.copyOf(checks);
    }

    /**
     * One result beside what it must be.
     *
     * @param what was computed
     * @param difference found; NaN where no number came back
     * @param allowed most that is right
     * @param use whether runs compute with it
     */
    public record Check(String what, double difference, double allowed, Use use) {
        public boolean right() {
            return difference <= allowed;
        }
    }

    /** What becomes of a checked kernel. */
    public enum Use {
        COMPUTED_WITH,
        /** Another one is preferred, or this one is wrong here. */
        PASSED_OVER
    }

    /**
     * Runs everything: attention's kernels, then losses in every precision, setting and order.
     *
     * @throws UnusableDevice when a precision has no kernel of attention that is right
     */
    public static DeviceProof of(TorchDevice device, GoldenVectors vectors) {
        List<Check> checks = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            attention(device, precision, vectors.checkpoint().config().headDim(), checks);
        }
        for (Precision precision : Precision.values()) {
            for (GoldenVectors.Case each : vectors.cases()) {
                losses(device, precision, vectors, each, checks);
            }
        }
        return new DeviceProof(device, checks);
    }

    /**
     * The same for one precision and setting, which takes a second: for a device that is about to be computed with.
     *
     * @throws UnusableDevice when it is wrong
     */
    public static void require(TorchDevice device) {
        try (GoldenVectors vectors = GoldenVectors.bundled()) {
            List<Check> checks = new ArrayList<>();
            losses(device, Precision.FLOAT32, vectors, vectors.cases().get(0), checks);
            new DeviceProof(device, checks).requireRight();
        }
    }

    /** @throws UnusableDevice naming what is furthest off, when anything that runs compute with is wrong */
    public void requireRight() {
        checks.stream()
                .filter(check -> check.use() == Use.COMPUTED_WITH && !check.right())
                .max(Comparator.comparingDouble(check -> check.difference() / check.allowed()))
                .ifPresent(check -> {
                    throw new UnusableDevice(
                            device,
                            String.format(
                                    Locale.ROOT,
                                    "its results are wrong: %s differ by %.3g, at most %.3g is right",
                                    check.what(),
                                    check.difference(),
                                    check.allowed()));
                });
    }

    private static void attention(TorchDevice device, Precision precision, int headDim, List<Check> checks) {
        AttentionKernel chosen = AttentionKernel.of(device, precision, headDim);
        for (AttentionKernel kernel : AttentionKernel.candidates(device)) {
            OptionalDouble error = kernel.errorOn(device, precision, headDim);
            if (error.isPresent()) {
                checks.add(new Check(
                        "attention, " + precision.word() + ", " + kernel,
                        error.getAsDouble(),
                        AttentionKernel.tolerance(precision),
                        kernel == chosen ? Use.COMPUTED_WITH : Use.PASSED_OVER));
            }
        }
    }

    private static void losses(
            TorchDevice device,
            Precision precision,
            GoldenVectors vectors,
            GoldenVectors.Case setting,
            List<Check> checks) {
        ModelConfig config = vectors.checkpoint().config();
        int[] tokens = vectors.tokens();
        String what = String.join(
                ", ",
                "losses",
                precision.word(),
                RopeScalingSpec.format(setting.rope()),
                QuantizationText.format(setting.quantization()));
        double allowed = allowed(device, precision, config, setting.nll());
        PassPlan plan = PassPlan.of(config, setting.rope(), null, tokens.length, Probe.LOSSES);
        try (DecoderModel model = DecoderModel.load(
                vectors.checkpoint(),
                device,
                setting.quantization(),
                Residence.of(Placement.WIDENED, precision, device))) {
            double[] whole = model.tokenNll(tokens, plan.inChunksOf(tokens.length));
            checks.add(new Check(what + ", whole", rootMeanSquare(whole, setting.nll()), allowed, Use.COMPUTED_WITH));
            double[] chunked = model.tokenNll(tokens, plan.inChunksOf(CHUNK_TOKENS));
            checks.add(new Check(
                    what + ", by document", rootMeanSquare(chunked, setting.nll()), allowed, Use.COMPUTED_WITH));
            LayerwisePass.Text text = new LayerwisePass.Text(plan.inChunksOf(CHUNK_TOKENS), tokens, 0);
            float[] layerwise =
                    LayerwisePass.read(model, List.of(text), () -> false).get(0).nll();
            double[] wide = new double[layerwise.length];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = layerwise[i];
            }
            // The same calls in another order: equal to the bit, unless a library picks its kernels by what is free.
            double apart = device.kind() == TorchDevice.Kind.CPU ? 0 : allowed / 10;
            checks.add(new Check(what + ", both orders", rootMeanSquare(wide, chunked), apart, Use.COMPUTED_WITH));
        }
    }

    /**
     * The root mean square of what rounding alone does to the losses. A layer rounds 14 times on the way of one number and
     * the ends three times, each by u / sqrt(3) of it in the mean square; independent errors add in squares, so logits err
     * by u sqrt((14 L + 3) / 3) of their spread s, and E[loss] = ln V + s^2 / 2 gives s for a model that knows nothing of
     * the text. Sharp attention and errors that tokens share are paid for by a factor of 3.
     */
    private static double allowed(TorchDevice device, Precision precision, ModelConfig config, double[] expected) {
        double mean = Arrays.stream(expected).average().orElse(0);
        double spread = Math.sqrt(2 * Math.max(0, mean - Math.log(config.vocabularySize())));
        double perRoundoff = 3 * Math.sqrt((14 * config.layerCount() + 3) / 3.0) * spread;
        if (precision != Precision.FLOAT32) {
            return perRoundoff * precision.unitRoundoff();
        }
        return TorchRuntime.get().roundsProducts(device) ? perRoundoff * TF32_ROUNDOFF : FLOAT32_SUMS;
    }

    private static double rootMeanSquare(double[] found, double[] expected) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += (found[i] - expected[i]) * (found[i] - expected[i]);
        }
        return Math.sqrt(sum / expected.length);
    }
}
