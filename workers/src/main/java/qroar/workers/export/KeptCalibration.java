package qroar.workers.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.calibration.StatesFolder;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.LayerProgress;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.SafetensorsWriter.Entry;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.TorchDevice;

/**
 * A calibration that can be cut short at any moment and goes on at its layer: each layer is a file of its own, packed
 * integers with float32 scales, that stays as it is when the model is whole. The folder belongs to one process at a time.
 *
 * <p>Memory: one layer and what the quantizer takes.
 */
final class KeptCalibration {
    private static final ExportFormat FORMAT = ExportFormat.exact();

    private final Checkpoint checkpoint;
    private final WeightQuantization quantization;
    private final TorchDevice device;
    private final ModelTensors plan;
    private final int layers;
    private final IntConsumer finished;

    /** @param finished told of each layer once the disk has it */
    KeptCalibration(Checkpoint checkpoint, WeightQuantization quantization, TorchDevice device, IntConsumer finished) {
        this.finished = finished;
        this.checkpoint = checkpoint;
        this.quantization = quantization;
        this.device = device;
        plan = new ModelTensors(checkpoint, quantization, FORMAT);
        layers = checkpoint.config().layerCount();
    }

    /**
     * Begins, or goes on with what is there, to the end.
     *
     * @param sequences the same whenever it goes on
     * @param folder made where it is not there
     */
    void fill(int[][] sequences, Path folder) throws IOException {
        Files.createDirectories(folder);
        LayerNotes notes = new LayerNotes(folder, layers);
        int done = notes.takeUp();
        LayerProgress progress = new LayerProgress("calibrating " + checkpoint.directory(), layers);
        if (done > 0) {
            progress.goesOn(done);
        }
        List<List<Entry>> entries = entriesByFile();
        if (done < layers) {
            StatesFolder states = new StatesFolder(folder, done);
            CalibrationRun run = new CalibrationRun(checkpoint, device, sequences, states);
            try (WeightQuantizer quantizer = CalibratedQuantizers.of(quantization, run)) {
                for (int layer = done; layer < layers; layer++) {
                    progress.layer(layer);
                    writeLayer(layer, quantizer, notes.tensors(layer), entries.get(layer));
                    notes.write(layer, states);
                    finished.accept(layer);
                }
            }
        }
        writeOthers(notes.tensors(layers), entries.get(layers));
        Map<String, String> files = new LinkedHashMap<>();
        long bytes = 0;
        for (int file = 0; file < entries.size(); file++) {
            String name = notes.tensors(file).getFileName().toString();
            for (Entry entry : entries.get(file)) {
                files.put(entry.name(), name);
                bytes += entry.bytes();
            }
        }
        ExportedFiles.writeIndex(files, bytes, folder);
        new ExportedFiles(checkpoint, FORMAT, null).write(plan, folder);
        notes.delete();
    }

    private void writeLayer(int layer, WeightQuantizer quantizer, Path file, List<Entry> entries) throws IOException {
        try (ShardedTensors shard = ShardedTensors.ofFile(file, entries);
                LayerWeights weights = LayerWeights.readWithCodes(checkpoint, layer, device)) {
            quantizer.quantize(layer, weights);
            QuantizedExport.writeLayer(plan, FORMAT, layer, weights, new RoundedTensors(shard));
            shard.finish();
        }
    }

    private void writeOthers(Path file, List<Entry> entries) throws IOException {
        try (ShardedTensors shard = ShardedTensors.ofFile(file, entries)) {
            RoundedTensors sink = new RoundedTensors(shard);
            for (WeightSource tensor : checkpoint.tensors()) {
                if (layerOf(tensor.name()) == layers) {
                    QuantizedExport.writeOther(tensor, shard, sink);
                }
            }
            shard.finish();
        }
    }

    private List<List<Entry>> entriesByFile() {
        List<List<Entry>> files = new ArrayList<>();
        for (int file = 0; file <= layers; file++) {
            files.add(new ArrayList<>());
        }
        plan.entries().forEach(entry -> files.get(layerOf(entry.name())).add(entry));
        return files;
    }

    /** The number behind the last layer's for what is in none. */
    private int layerOf(String tensor) {
        if (!tensor.startsWith(ModelTensors.LAYERS)) {
            return layers;
        }
        String inLayers = tensor.substring(ModelTensors.LAYERS.length());
        return Integer.parseInt(inLayers.substring(0, inLayers.indexOf('.')));
    }
}
