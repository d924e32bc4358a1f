package qroar.workers.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import qroar.workers.tensors.SafetensorsWriter;
import qroar.workers.tensors.SafetensorsWriter.Entry;

/**
 * The tensors of a checkpoint, written to {@code model.safetensors}, or beyond a bound to shards of at most that size
 * (a larger tensor gets a shard of its own) in the order in which they were announced.
 */
final class ShardedTensors implements AutoCloseable {
    private static final Map<String, String> METADATA = Map.of("format", "pt");

    private final Map<String, SafetensorsWriter> writerOfTensor = new LinkedHashMap<>();
    private final Map<String, String> fileOfTensor = new LinkedHashMap<>();
    private final List<SafetensorsWriter> writers = new ArrayList<>();
    private long totalBytes;

    private ShardedTensors() {}

    static ShardedTensors create(Path folder, List<Entry> entries, long maxShardBytes) throws IOException {
        ShardedTensors tensors = new ShardedTensors();
        List<List<Entry>> shards = shards(entries, maxShardBytes);
        try {
            for (int i = 0; i < shards.size(); i++) {
                String file = shards.size() == 1
                        ? "model.safetensors"
                        : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
                tensors.add(folder.resolve(file), shards.get(i));
            }
            return tensors;
        } catch (IOException | RuntimeException | Error e) {
            tensors.close();
            throw e;
        }
    }

    /** One file whatever its size. */
    static ShardedTensors ofFile(Path file, List<Entry> entries) throws IOException {
        ShardedTensors tensors = new ShardedTensors();
        tensors.add(file, entries);
        return tensors;
    }

    private void add(Path file, List<Entry> entries) throws IOException {
        SafetensorsWriter writer = SafetensorsWriter.create(file, entries, METADATA);
        writers.add(writer);
        for (Entry entry : entries) {
            writerOfTensor.put(entry.name(), writer);
            fileOfTensor.put(entry.name(), file.getFileName().toString());
            totalBytes += entry.bytes();
        }
    }

    private static List<List<Entry>> shards(List<Entry> entries, long maxShardBytes) {
        List<List<Entry>> shards = new ArrayList<>();
        long filled = 0;
        for (Entry entry : entries) {
            if (shards.isEmpty() || filled + entry.bytes() > maxShardBytes) {
                shards.add(new ArrayList<>());
                filled = 0;
            }
            shards.get(shards.size() - 1).add(entry);
            filled += entry.bytes();
        }
        return shards;
    }

    SafetensorsWriter of(String tensor) {
        SafetensorsWriter writer = writerOfTensor.get(tensor);
        if (writer == null) {
            throw new IllegalArgumentException("tensor '" + tensor + "' was not announced");
        }
        return writer;
    }

    /** Which file holds each tensor, in the order of the files. */
    Map<String, String> files() {
        return fileOfTensor;
    }

    boolean isSharded() {
        return writers.size() > 1;
    }

    long totalBytes() {
        return totalBytes;
    }

    void finish() throws IOException {
        for (SafetensorsWriter writer : writers) {
            writer.finish();
        }
    }

    /** Drops what is not finished. */
    @Override
    public void close() throws IOException {
        IOException failed = null;
        for (SafetensorsWriter writer : writers) {
            try {
                writer.close();
            } catch (IOException e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
