package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.doctor.ModelFit;
import qroar.orchestrator.app.input.ByteSize;
import qroar.orchestrator.cli.option.ByteSizeConverter;
import qroar.orchestrator.cli.option.CheckpointConverter;
import qroar.orchestrator.cli.option.PrecisionOption;

/** A checkpoint of which a doctor says how it would fit. */
final class FitOptions {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            converter = CheckpointConverter.class,
            description = "also say how this checkpoint, or a config.json alone, would fit into memory at each length,"
                    + " before anything is loaded")
    private @Nullable Path model;

    @Option(
            names = "--length",
            paramLabel = "L",
            split = ",",
            defaultValue = "4096,8192,16384,32768,65536,131072",
            description = "tokens of a document, for --model (default ${DEFAULT-VALUE})")
    private List<Integer> lengths = new ArrayList<>();

    @Mixin
    private PrecisionOption precision = new PrecisionOption();

    @Option(
            names = "--on",
            paramLabel = "[Nx]CARD|SIZE",
            split = ",",
            description = "GPUs that are not here, for --model: rtx4090, 24G; known: ${bundle:cards}")
    private List<String> on = new ArrayList<>();

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description = "most memory that a model and its passes may take, for --model; left out, what is free")
    private @Nullable ByteSize memory;

    /** What is asked of which model; null where none is. */
    ModelFit.@Nullable Asked asked(@Nullable String device) {
        return model == null
                ? null
                : new ModelFit.Asked(
                        model, lengths, precision.word(), on, device, memory == null ? Long.MAX_VALUE : memory.bytes());
    }
}
