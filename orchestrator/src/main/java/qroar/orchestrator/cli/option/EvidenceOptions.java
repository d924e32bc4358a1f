package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.measurement.DivergenceMeasurement;

/** What is measured beside perplexity. */
public final class EvidenceOptions {
    @Option(
            names = "--reference",
            converter = CheckpointConverter.class,
            paramLabel = "DIR",
            description = "checkpoint from whose next-token distributions divergence is measured (KL, as llama.cpp's"
                    + " users know it), as it is stored and under the same RoPE scaling: the unquantized model")
    private @Nullable Path reference;

    @Option(
            names = "--noise-floor",
            description = "divergence of the reference from itself in the other precision (float32, bfloat16) as well")
    private boolean noiseFloor;

    @Option(
            names = "--long-ppl",
            description = "perplexity over the tokens that need the long context as well (LongPPL), chosen by the"
                    + " reference where there is one")
    private boolean longPpl;

    @Option(
            names = "--long-ppl-rule",
            paramLabel = "C,S,G,N",
            split = ",",
            description = "of these tokens: a short context of C tokens, S scored per forward over it, G nats saved by"
                    + " the long one, a loss below N nats in it (default 4096,1024,2,2)")
    private List<Double> longPplRule = new ArrayList<>();

    /** @throws qroar.protocol.BadInput where options do not go together */
    public DivergenceMeasurement.Settings settings() {
        return DivergenceMeasurement.Settings.of(reference, noiseFloor, longPpl, longPplRule);
    }
}
