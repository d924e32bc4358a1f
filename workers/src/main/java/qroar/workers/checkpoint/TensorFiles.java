package qroar.workers.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/** The safetensors files of a directory: {@code model.safetensors}, or the shards that the index names. */
final class TensorFiles {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final int MAX_SHARDS = 10_000;

    private final Path source;
    private final Map<String, SafetensorsHeader> fileOfTensor = new HashMap<>();
    private final List<Path> files = new ArrayList<>();

    private TensorFiles(Path source) {
        this.source = source;
    }

    /** As transformers does, a single file is preferred to an index. */
    static TensorFiles open(Path directory) {
        Path single = directory.resolve(SINGLE);
        Path index = directory.resolve(INDEX);
        if (Files.exists(single)) {
            TensorFiles tensors = new TensorFiles(single);
            tensors.add(SafetensorsHeader.read(single));
            return tensors;
        }
        if (Files.exists(index)) {
            return sharded(directory, index);
        }
        throw new BadInput(directory + ": has neither " + SINGLE + " nor " + INDEX
                + "; weights in other formats have to be saved as safetensors first");
    }

    private static TensorFiles sharded(Path directory, Path index) {
        JsonSection weightMap = JsonSection.read(index).section("weight_map");
        if (weightMap == null) {
            throw new BadInput(index + ": key 'weight_map' is missing");
        }
        Map<String, String> shardOfTensor = weightMap.entries();
        Set<String> shards = new LinkedHashSet<>(shardOfTensor.values());
        if (shards.size() > MAX_SHARDS) {
            throw new BadInput(index + ": names " + shards.size() + " shards; at most " + MAX_SHARDS + " are read");
        }
        TensorFiles tensors = new TensorFiles(index);
        for (String shard : shards) {
            if (!shard.matches("[A-Za-z0-9][A-Za-z0-9._ -]{0,200}")) {
                throw new BadInput(index + ": shard '" + Printable.text(shard)
                        + "' must be the plain name of a file in the same folder");
            }
            tensors.add(SafetensorsHeader.read(directory.resolve(shard)));
        }
        shardOfTensor.forEach((tensor, shard) -> {
            SafetensorsHeader found = tensors.fileOfTensor.get(tensor);
            if (found == null || !found.file().equals(directory.resolve(shard))) {
                throw new BadInput(index + ": tensor '" + Printable.text(tensor) + "' is not in '" + shard
                        + "' where the index says it is");
            }
        });
        return tensors;
    }

    private void add(SafetensorsHeader header) {
        files.add(header.file());
        for (String name : header.names()) {
            SafetensorsHeader earlier = fileOfTensor.put(name, header);
            if (earlier != null) {
                throw new BadInput(header.file() + ": tensor '" + Printable.text(name) + "' is also in "
                        + earlier.file().getFileName());
            }
        }
    }

    /** What a message names when a tensor is nowhere: the one file, or the index. */
    Path source() {
        return source;
    }

    List<Path> files() {
        return List.copyOf(files);
    }

    boolean contains(String name) {
        return fileOfTensor.containsKey(name);
    }

    @Nullable TensorLocation locate(String name) {
        SafetensorsHeader header = fileOfTensor.get(name);
        return header == null ? null : header.locate(name);
    }

    /** A tensor of any type, or null. */
    @Nullable TensorPart part(String name) {
        SafetensorsHeader header = fileOfTensor.get(name);
        return header == null ? null : header.part(name);
    }

    /** @throws BadInput when it is missing */
    TensorPart requiredPart(String name) {
        TensorPart part = part(name);
        if (part == null) {
            throw new BadInput(source + ": tensor '" + Printable.text(name) + "' is missing");
        }
        return part;
    }
}
