package qroar.orchestrator.cli.option;

import java.util.Map;
import picocli.CommandLine.Option;
import qroar.protocol.BadInput;
import qroar.workers.tensors.Dtype;

/** Element type of weights that are written. */
public final class DtypeOption {
    /** By their names in {@code config.json}. */
    private static final Map<String, Dtype> DTYPES =
            Map.of("float32", Dtype.F32, "float16", Dtype.F16, "bfloat16", Dtype.BF16);

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "float32",
            description =
                    "float32 (default) keeps the quantized values exactly; float16 and bfloat16 halve the size, but"
                            + " round every weight once more, off its grid")
    private String dtype = "float32";

    public Dtype type() {
        Dtype type = DTYPES.get(dtype);
        if (type == null) {
            throw new BadInput("--dtype '" + dtype + "' is unknown; use float32, float16 or bfloat16");
        }
        return type;
    }

    @Override
    public String toString() {
        return dtype;
    }
}
