package qroar.workers.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerPairScales;
import qroar.protocol.band.PairScales;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.LayerProgress;
import qroar.workers.config.Projection;
import qroar.workers.packed.Grids;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.RescaledRows;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.SafetensorsWriter;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.Codes;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

/**
 * Writes a quantized model as a Hugging Face checkpoint: {@code config.json} with the dtype of the new tensors, tokenizer
 * files, and every tensor that the forward pass reads, norms and biases changed by AWQ among them. Linears are the
 * quantizer's own integers and scales, or their de-quantized values, which any program reads that reads the original; see
 * {@link ExportFormat}. Activation and cache quantization happen at run time and are no part of it.
 *
 * <p>Integers with float32 scales and float32 values compute what the quantized model computes, bit for bit; scales in 16
 * bits are rounded once, by at most 2^-11 of themselves in float16 and 2^-9 in bfloat16. <b>Values in bf16 and fp16 round
 * every quantized weight</b>, which moves it off its grid: by up to 2^-9 of its value in bf16, as much as the steps of 8-bit
 * weights.
 *
 * <p>The folder appears as a whole, or not at all. Memory: one layer.
 */
public final class QuantizedExport {
    private static final long MAX_SHARD_BYTES = 4L << 30;

    private final Checkpoint checkpoint;
    private final TorchDevice device;
    private final ExportFormat format;
    private final WeightQuantization quantization;
    private final long maxShardBytes;
    private @Nullable RopeScaling rope;

    /**
     * @param quantization what the quantizer does; none where the checkpoint's own weights are written
     */
    QuantizedExport(
            Checkpoint checkpoint,
            TorchDevice device,
            ExportFormat format,
            WeightQuantization quantization,
            long maxShardBytes) {
        this.checkpoint = checkpoint;
        this.device = device;
        this.format = format;
        this.quantization = quantization;
        this.maxShardBytes = maxShardBytes;
    }

    /**
     * What was written.
     *
     * @param commands command lines that serve a tuned model, one for each engine
     * @param largestRounding largest difference between a number of the quantized model and the one that was written in its
     *     place, as a share of it: 0 where the files hold the model to the bit
     */
    public record Report(double largestRounding, List<String> commands) {
        public Report {
            commands = List.copyOf(commands);
        }

        /** For people: the format, and what was rounded. */
        public String inWords(ExportFormat format) {
            String what = format instanceof ExportFormat.Plain
                    ? "weight"
                    // Of a GGUF file also an offset, and a weight that is in no block.
                    : format instanceof ExportFormat.Gguf ? "number" : "scale";
            return largestRounding == 0
                    ? format.word() + ", to the bit"
                    : String.format(
                            Locale.ROOT,
                            "%s, largest relative rounding of a %s %.1e",
                            format.word(),
                            what,
                            largestRounding);
        }
    }

    /**
     * What is written.
     *
     * @param quantization what the quantizer does; none where the checkpoint's own weights are written
     * @param quantizer stays the caller's to close
     */
    public record Source(Checkpoint checkpoint, WeightQuantization quantization, WeightQuantizer quantizer) {}

    /** What a search found: the scales, and the RoPE scaling that they were found under. */
    public record Tuning(BandScales scales, RopeScaling rope) {}

    /** Puts more files beside a model before its folder has its name, so that nobody finds one without the other. */
    public interface Beside {
        /** @param unfinished holds the whole model */
        void write(Path unfinished) throws IOException;

        /** No more files. */
        Beside NOTHING = unfinished -> {};
    }

    /** @throws BadInput when the format cannot hold what the quantizer will make */
    public static void require(Checkpoint checkpoint, WeightQuantization quantization, ExportFormat format) {
        if (format instanceof ExportFormat.Gguf gguf) {
            RopeScaling own = checkpoint.config().ropeScaling();
            new GgufExport(checkpoint, quantization, gguf.plain(), own, TorchDevice.CPU);
            return;
        }
        new ModelTensors(checkpoint, quantization, format).require();
    }

    /**
     * A tuned model: quantized, its rows of W_Q and W_K rescaled, and its config with the RoPE scaling that it was tuned
     * under, in words that every engine reads alike: an attention factor of its own goes into the same rows. It needs nothing
     * of ours to run.
     */
    public static Report writeTuned(
            Source source, Tuning tuning, TorchDevice device, ExportFormat format, Path folder, Beside beside) {
        RopeScaling rope = tuning.rope();
        LayerPairScales scales = LayerPairScales.of(tuning.scales());
        if (format instanceof ExportFormat.Gguf gguf) {
            GgufTarget target = new GgufTarget(gguf, folder, beside);
            return writeGguf(source, scales, rope, device, target);
        }
        QuantizedExport export =
                new QuantizedExport(source.checkpoint(), device, format, source.quantization(), MAX_SHARD_BYTES);
        RopeGeometry geometry = source.checkpoint().config().geometry();
        export.rope = rope.portable(geometry);
        LayerPairScales rows = scales.times(rope.attentionBeside(geometry));
        try (RescaledRows rescaled = new RescaledRows(source.quantizer(), rows, device)) {
            return export.write(rescaled, folder, beside);
        }
    }

    /**
     * Quantizes and writes.
     *
     * @param calibration token ids, see {@link CalibratedQuantizers}; passed over where none are needed
     * @param folder must not exist, or be empty
     * @throws BadInput when the folder cannot be used, the calibration does not do or the format cannot hold the codes
     */
    public static Report write(
            Checkpoint checkpoint,
            WeightQuantization quantization,
            int[][] calibration,
            TorchDevice device,
            ExportFormat format,
            Path folder) {
        requireWritable(checkpoint, quantization, format, folder);
        try (WeightQuantizer quantizer = CalibratedQuantizers.of(quantization, checkpoint, device, calibration)) {
            return write(new Source(checkpoint, quantization, quantizer), device, format, folder);
        }
    }

    /** The same with a quantizer that is there. */
    public static Report write(Source source, TorchDevice device, ExportFormat format, Path folder) {
        if (format instanceof ExportFormat.Gguf gguf) {
            GgufTarget target = new GgufTarget(gguf, folder, Beside.NOTHING);
            return writeGguf(source, null, source.checkpoint().config().ropeScaling(), device, target);
        }
        return new QuantizedExport(source.checkpoint(), device, format, source.quantization(), MAX_SHARD_BYTES)
                .write(source.quantizer(), folder, Beside.NOTHING);
    }

    /** @throws BadInput when the folder is used, or the format cannot hold what the quantizer will make */
    public static void requireWritable(
            Checkpoint checkpoint, WeightQuantization quantization, ExportFormat format, Path folder) {
        NewFolder.refuseUsed(folder);
        require(checkpoint, quantization, format);
    }

    private record GgufTarget(ExportFormat.Gguf format, Path folder, Beside beside) {}

    /** @param scales null for none; the file's own attention factor goes into the same rows */
    private static Report writeGguf(
            Source source, @Nullable LayerPairScales scales, RopeScaling rope, TorchDevice device, GgufTarget target) {
        ExportFormat.Gguf format = target.format();
        Path folder = target.folder();
        Checkpoint checkpoint = source.checkpoint();
        GgufExport export = new GgufExport(checkpoint, source.quantization(), format.plain(), rope, device);
        RopeGeometry geometry = checkpoint.config().geometry();
        LayerPairScales none = LayerPairScales.of(PairScales.ones(geometry.pairCount()));
        LayerPairScales rows = (scales == null ? none : scales).times(export.attention());
        EngineCommands commands = EngineCommands.ofExport(folder, format, rope.portable(geometry), geometry);
        double[] rounding = new double[1];
        try (RescaledRows rescaled = new RescaledRows(source.quantizer(), rows, device)) {
            NewFolder.fill(folder, "the quantized model", unfinished -> {
                rounding[0] = export.fill(rows.areOnes() ? source.quantizer() : rescaled, unfinished);
                FolderFiles.write(unfinished.resolve(EngineCommands.FILE), commands.file());
                target.beside().write(unfinished);
            });
        }
        return new Report(rounding[0], scales == null ? List.of() : commands.lines());
    }

    /** What {@link Checkpoint#open} takes of what was written. */
    public static Path model(ExportFormat format, Path folder) {
        return format instanceof ExportFormat.Gguf ? folder.resolve(GgufExport.FILE) : folder;
    }

    /** The same with a quantizer of one's own, which stays the caller's to close, in a floating-point type. */
    public static Report write(
            Checkpoint checkpoint, WeightQuantizer quantizer, TorchDevice device, Dtype dtype, Path folder) {
        return new QuantizedExport(
                        checkpoint, device, new ExportFormat.Plain(dtype), new NoQuantization(), MAX_SHARD_BYTES)
                .write(quantizer, folder, Beside.NOTHING);
    }

    /** @throws BadInput when the folder is used already, or disk, permissions or the format do not do */
    Report write(WeightQuantizer quantizer, Path folder, Beside beside) {
        ModelTensors plan = new ModelTensors(checkpoint, quantization, format);
        plan.require();
        double[] rounding = new double[1];
        NewFolder.fill(folder, "the quantized model", unfinished -> {
            rounding[0] = fill(plan, quantizer, unfinished);
            FolderFiles.write(
                    unfinished.resolve(EngineCommands.FILE), commands(folder).file());
            beside.write(unfinished);
        });
        return new Report(rounding[0], serving(folder));
    }

    private List<String> serving(Path folder) {
        return rope == null ? List.of() : commands(folder).lines();
    }

    /** Without a scaling of its own a model is served under its checkpoint's, which config.json still says. */
    private EngineCommands commands(Path folder) {
        RopeGeometry geometry = checkpoint.config().geometry();
        RopeScaling written = rope == null ? checkpoint.config().ropeScaling().portable(geometry) : rope;
        return EngineCommands.ofExport(folder, format, written, geometry);
    }

    /** @return the largest rounding */
    private double fill(ModelTensors plan, WeightQuantizer quantizer, Path folder) throws IOException {
        double rounding;
        try (ShardedTensors shards = ShardedTensors.create(folder, plan.entries(), maxShardBytes)) {
            RoundedTensors sink = new RoundedTensors(shards);
            LayerProgress progress = new LayerProgress(
                    "quantizing " + checkpoint.directory(), checkpoint.config().layerCount());
            for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
                progress.layer(layer);
                try (LayerWeights weights = read(layer)) {
                    quantizer.quantize(layer, weights);
                    writeLayer(plan, format, layer, weights, sink);
                }
            }
            for (WeightSource other : checkpoint.tensors()) {
                if (!other.name().startsWith(ModelTensors.LAYERS)) {
                    writeOther(other, shards, sink);
                }
            }
            shards.finish();
            if (shards.isSharded()) {
                ExportedFiles.writeIndex(shards.files(), shards.totalBytes(), folder);
            }
            rounding = sink.largestRounding();
        }
        new ExportedFiles(checkpoint, format, rope).write(plan, folder);
        return rounding;
    }

    private LayerWeights read(int layer) {
        return format instanceof ExportFormat.Packed
                ? LayerWeights.readWithCodes(checkpoint, layer, device)
                : LayerWeights.read(checkpoint, layer, device);
    }

    static void writeLayer(ModelTensors plan, ExportFormat format, int layer, LayerWeights weights, RoundedTensors sink)
            throws IOException {
        Set<String> written = new HashSet<>();
        for (Projection projection : Projection.values()) {
            Grids grids = plan.grids(projection.weight(layer));
            if (grids != null && format instanceof ExportFormat.Packed packed) {
                Codes codes = weights.codes(projection);
                if (codes == null) {
                    throw new IllegalStateException(projection.weight(layer) + " came without its codes");
                }
                String module = ModelTensors.module(projection.weight(layer));
                packed.format().write(sink, module, codes.read(), grids);
                written.add(projection.weight(layer));
            }
        }
        for (Map.Entry<String, TorchValue> tensor : weights.named(layer).entrySet()) {
            if (written.add(tensor.getKey())) {
                sink.numbers(tensor.getKey(), tensor.getValue().floats());
            }
        }
    }

    static void writeOther(WeightSource other, ShardedTensors shards, RoundedTensors sink) throws IOException {
        SafetensorsWriter writer = shards.of(other.name());
        if (!(other instanceof TensorLocation plain)) {
            sink.numbers(other.name(), other.readFloat32());
        } else if (plain.dtype() == writer.dtype(other.name())) {
            writer.copy(plain);
        } else {
            writer.convert(plain);
        }
    }
}
