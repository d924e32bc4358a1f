package qroar.workers.export;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.LlamaFlags;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.tensors.Conversion;

/**
 * The command lines that serve a written model. Hugging Face's config.json says the RoPE scaling to transformers, vLLM and
 * SGLang; llama.cpp is told by flags, since its YaRN keys have no effect for some architectures.
 */
final class EngineCommands {
    /** Beside the model. */
    public static final String FILE = "SERVING.md";

    private final Path model;
    private final ExportFormat format;
    private final RopeScaling rope;
    private final RopeGeometry geometry;
    private final boolean flagsCanSayIt;

    private EngineCommands(
            Path model, ExportFormat format, RopeScaling rope, RopeGeometry geometry, boolean flagsCanSayIt) {
        this.model = model;
        this.format = format;
        this.rope = rope;
        this.geometry = geometry;
        this.flagsCanSayIt = flagsCanSayIt;
    }

    /**
     * Of a model that we wrote, whose files say the scaling.
     *
     * @param rope in the words of {@link RopeScaling#portable}
     * @param geometry the original checkpoint's
     */
    static EngineCommands ofExport(Path folder, ExportFormat format, RopeScaling rope, RopeGeometry geometry) {
        return new EngineCommands(QuantizedExport.model(format, folder), format, rope, geometry, true);
    }

    /**
     * Of a checkpoint in its own format.
     *
     * @param rope what it is to be served with; null for the checkpoint's own. Another is in a folder's config.json, but
     *     never in a GGUF file's metadata
     */
    static EngineCommands ofRescaled(Checkpoint checkpoint, Path folder, @Nullable RopeScaling rope) {
        RopeGeometry geometry = checkpoint.config().geometry();
        RopeScaling used = (rope == null ? checkpoint.config().ropeScaling() : rope).portable(geometry);
        Path model = checkpoint.isGguf()
                ? folder.resolve(checkpoint.files().get(0).getFileName().toString())
                : folder;
        boolean byFlags = rope != null && checkpoint.isGguf();
        return new EngineCommands(
                model, ExportFormat.ofStored(checkpoint), used, geometry, !byFlags || flagsSay(used, checkpoint));
    }

    /** Whether llama.cpp computes a scaling by flags for a file that says another. */
    private static boolean flagsSay(RopeScaling rope, Checkpoint checkpoint) {
        if (checkpoint.config().ropeScaling() instanceof LongRopeScaling) {
            return false; // The file's divisors work whatever the flags.
        }
        return rope.llamaFlags(checkpoint.config().geometry()).override();
    }

    /** One line for each engine, ready to be pasted into a shell. */
    List<String> lines() {
        int positions = rope.servedPositions(geometry);
        String path = Conversion.quoted(model);
        if (format instanceof ExportFormat.Gguf) {
            return List.of(
                    flagsCanSayIt ? "llama.cpp: llama-server -m " + path + " -c " + positions + flags() : unsaid(path));
        }
        List<String> lines = new ArrayList<>();
        lines.add(
                "transformers: python -c \"import sys; from transformers import pipeline; print(pipeline('text-generation',"
                        + " sys.argv[1], dtype='auto')('Once upon a time')[0]['generated_text'])\" " + path + needed());
        lines.add("vLLM: vllm serve " + path + " --max-model-len " + positions + halfOnly());
        lines.add("SGLang: python -m sglang.launch_server --model-path " + path + " --context-length " + positions);
        if (rope.lengthRule() != RopeScaling.LengthRule.FIXED) {
            lines.add(unsaid(path));
        } else if (format instanceof ExportFormat.Plain) {
            lines.add("llama.cpp: python convert_hf_to_gguf.py " + path
                    + " --outfile model.gguf && llama-server -m model.gguf" + " -c " + positions + flags());
        } else {
            lines.add(
                    "llama.cpp: its converter takes floating-point models: export with --format float32 or float16; then"
                            + " llama-server -m model.gguf -c " + positions + flags());
        }
        return lines;
    }

    private String unsaid(String path) {
        return "llama.cpp: has no flags that make " + path + " compute " + RopeScalingSpec.format(rope)
                + "; without them it is served as its metadata say";
    }

    private String needed() {
        return format instanceof ExportFormat.Packed packed
                ? " (needs: pip install " + packed.format().readBy() + ")"
                : "";
    }

    /** Kernels of AWQ and GPTQ compute in half precision. */
    private String halfOnly() {
        boolean half = format instanceof ExportFormat.Packed packed && packed.isHalfOnly();
        return half ? " --dtype float16" : "";
    }

    private String flags() {
        LlamaFlags flags = rope.llamaFlags(geometry);
        if (flags.words().isEmpty() && flags.override() && format instanceof ExportFormat.Gguf) {
            return " --rope-scaling none"; // The file may have been rescaled for another one than its own.
        }
        return flags.words().isEmpty() ? "" : " " + String.join(" ", flags.words());
    }

    /** The file beside the model. */
    byte[] file() {
        StringBuilder text = new StringBuilder("# Serving this model\n\n");
        for (String line : lines()) {
            int colon = line.indexOf(": ");
            text.append(line, 0, colon)
                    .append(":\n\n    ")
                    .append(line.substring(colon + 2))
                    .append("\n\n");
        }
        text.append("RoPE scaling: `")
                .append(RopeScalingSpec.format(rope))
                .append(
                        "`; an attention factor of its own that the model's files do not say is in the rows of W_Q and W_K.\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
