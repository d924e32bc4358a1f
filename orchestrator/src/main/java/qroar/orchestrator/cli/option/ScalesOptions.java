package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.model.ScalesSettings;

/** Band scales that a measurement puts into the rotary tables. */
public final class ScalesOptions {
    @Option(
            names = "--scales",
            paramLabel = "FILE|LIST",
            description = "band scales: a sidecar that a run wrote (runs/.../scales/STUDY.json), or a comma-separated"
                    + " list, one per band from the highest frequency to the lowest; left out, none")
    private @Nullable String scales;

    @Option(
            names = "--bands",
            paramLabel = "B",
            description = "log-spaced bands of a list of scales; left out, as many as the list has")
    private @Nullable Integer bands;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description =
                    "how a list of scales acts: shared (default) scales W_Q and W_K, symmetric scales W_K inversely")
    private @Nullable String mode;

    @Option(
            names = "--scales-anyway",
            description = "use a sidecar although it was found for another checkpoint, RoPE scaling or quantizer")
    private boolean anyway;

    public ScalesSettings settings() {
        return new ScalesSettings(scales, bands, mode, anyway);
    }
}
