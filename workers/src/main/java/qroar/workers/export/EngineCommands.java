package qroar.workers.export;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.rope.YarnScaling;
import qroar.workers.tensors.Conversion;

/**
 * The command lines that serve a written model. Hugging Face's config.json says the RoPE scaling to transformers, vLLM and
 * SGLang; llama.cpp is told by flags, since its YaRN keys have no effect for some architectures.
 */
public final class EngineCommands {
    /** Beside the model. */
    public static final String FILE = "SERVING.md";

    private final Path folder;
    private final ExportFormat format;
    private final RopeScaling rope;
    private final int positions;

    /**
     * @param rope in the words of {@link RopeScaling#portable}
     * @param geometry the original checkpoint's
     */
    EngineCommands(Path folder, ExportFormat format, RopeScaling rope, RopeGeometry geometry) {
        this.folder = folder;
        this.format = format;
        this.rope = rope;
        this.positions = positions(rope, geometry);
    }

    /** The window that the model is served with. */
    private static int positions(RopeScaling rope, RopeGeometry geometry) {
        Long raised = rope.configMaxPositions();
        if (raised != null) {
            return Math.toIntExact(raised);
        }
        return rope instanceof LinearScaling linear
                ? (int) Math.rint(geometry.maxPositions() * linear.factor())
                : geometry.maxPositions();
    }

    /** One line for each engine, ready to be pasted into a shell. */
    List<String> lines() {
        if (format instanceof ExportFormat.Gguf) {
            return List.of("llama.cpp: llama-server -m " + Conversion.quoted(folder.resolve(GgufExport.FILE)) + " -c "
                    + positions + flags());
        }
        List<String> lines = new ArrayList<>();
        String path = Conversion.quoted(folder);
        lines.add(
                "transformers: python -c \"import sys; from transformers import pipeline; print(pipeline('text-generation',"
                        + " sys.argv[1], dtype='auto')('Once upon a time')[0]['generated_text'])\" " + path + needed());
        lines.add("vLLM: vllm serve " + path + " --max-model-len " + positions + halfOnly());
        lines.add("SGLang: python -m sglang.launch_server --model-path " + path + " --context-length " + positions);
        if (format instanceof ExportFormat.Plain) {
            lines.add("llama.cpp: python convert_hf_to_gguf.py " + path
                    + " --outfile model.gguf && llama-server -m model.gguf" + " -c " + positions + flags());
        } else {
            lines.add(
                    "llama.cpp: its converter takes floating-point models: export with --format float32 or float16; then"
                            + " llama-server -m model.gguf -c " + positions + flags());
        }
        return lines;
    }

    private String needed() {
        if (!(format instanceof ExportFormat.Packed packed)) {
            return "";
        }
        return " (needs: pip install "
                + switch (packed.format().word()) {
                    case "awq" -> "autoawq, or gptqmodel";
                    case "gptq" -> "gptqmodel";
                    default -> "compressed-tensors";
                }
                + ")";
    }

    /** Kernels of AWQ and GPTQ compute in half precision. */
    private String halfOnly() {
        boolean half = format instanceof ExportFormat.Packed packed && packed.isHalfOnly();
        return half ? " --dtype float16" : "";
    }

    private String flags() {
        if (rope instanceof YarnScaling yarn) {
            Integer original = yarn.originalMaxPositions();
            return " --rope-scaling yarn --rope-scale " + number(yarn.factor())
                    + (original == null ? "" : " --yarn-orig-ctx " + original)
                    + " --yarn-beta-fast " + number(yarn.betaFast()) + " --yarn-beta-slow " + number(yarn.betaSlow());
        }
        return rope instanceof LinearScaling linear
                ? " --rope-scaling linear --rope-scale " + number(linear.factor())
                : "";
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value);
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
                .append("`; an attention factor of its own is in the rows of W_Q and W_K.\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
