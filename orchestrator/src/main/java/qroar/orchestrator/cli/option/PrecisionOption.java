package qroar.orchestrator.cli.option;

import picocli.CommandLine.Option;

/** In which type the forward pass of a single measurement is computed. */
public final class PrecisionOption {
    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            defaultValue = "auto",
            description =
                    "type of linears, keys, values and hidden states: auto (default: float32 on a cpu; on a gpu the"
                            + " checkpoint's 16-bit type, else bfloat16), float32, float16 or bfloat16")
    private String word = "auto";

    /** As given. */
    public String word() {
        return word;
    }
}
