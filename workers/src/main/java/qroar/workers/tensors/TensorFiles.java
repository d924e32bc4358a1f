package qroar.workers.tensors;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.FoundFile;
import qroar.workers.config.JsonSection;
import qroar.workers.config.Printable;

/**
 * The safetensors files of a directory: {@code model.safetensors}, or the shards that the index names. What nobody asks for
 * may be wrong: an index may name tensors and shards that are not there, as transformers' own writers have left some.
 */
public final class TensorFiles {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private static final int MAX_SHARDS = 10_000;
    private static final int MAX_NAME_CHARS = 255;

    private final Path source;
    /** By the shard's name. */
    private final Map<String, SafetensorsHeader> headers = new LinkedHashMap<>();
    /** What the index says; empty for a single file. */
    private final Map<String, String> shardOfTensor;

    private final Map<String, BadInput> absentShards = new LinkedHashMap<>();
    private final Map<String, List<SafetensorsHeader>> filesOfTensor = new HashMap<>();
    private final StoredNames names;

    private TensorFiles(Path source, Path directory, Set<String> files, Map<String, String> shardOfTensor) {
        this.source = source;
        this.shardOfTensor = shardOfTensor;
        for (String file : files) {
            Path path = directory.resolve(file);
            if (FoundFile.isNamed(path)) {
                SafetensorsHeader header = SafetensorsHeader.read(path);
                headers.put(file, header);
                header.names()
                        .forEach(name -> filesOfTensor
                                .computeIfAbsent(name, n -> new ArrayList<>())
                                .add(header));
            } else {
                absentShards.put(file, FoundFile.missing(path));
            }
        }
        Set<String> all = new HashSet<>(filesOfTensor.keySet());
        all.addAll(shardOfTensor.keySet());
        this.names = StoredNames.of(all);
    }

    /** As transformers does, a single file is preferred to an index. */
    public static TensorFiles open(Path directory) {
        Path single = directory.resolve(SINGLE);
        Path index = directory.resolve(INDEX);
        if (FoundFile.isNamed(single)) {
            return new TensorFiles(single, directory, Set.of(SINGLE), Map.of());
        }
        if (FoundFile.isNamed(index)) {
            return sharded(directory, index);
        }
        throw OtherWeights.refusal(directory);
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
        for (String shard : shards) {
            if (!isPlainName(shard)) {
                throw new BadInput(index + ": shard '" + Printable.text(shard)
                        + "' must be the plain name of a file in the same folder");
            }
        }
        return new TensorFiles(index, directory, shards, shardOfTensor);
    }

    /** Whatever a file may be called, as long as it lies in the folder itself. */
    private static boolean isPlainName(String shard) {
        boolean oneStep = !shard.isBlank()
                && shard.length() <= MAX_NAME_CHARS
                && !shard.startsWith(".")
                && shard.indexOf('/') < 0
                && shard.indexOf('\\') < 0
                && shard.codePoints().noneMatch(Character::isISOControl);
        try {
            return oneStep && Path.of(shard).getNameCount() == 1;
        } catch (InvalidPathException e) {
            return false;
        }
    }

    /** What a message names when a tensor is nowhere: the one file, or the index. */
    public Path source() {
        return source;
    }

    public List<Path> files() {
        return headers.values().stream().map(SafetensorsHeader::file).toList();
    }

    /** What was done to the tensors' names, for people. */
    public List<String> notes() {
        return names.notes(source);
    }

    public boolean contains(String name) {
        return stored(name) != null;
    }

    private @Nullable String stored(String name) {
        try {
            return names.of(name);
        } catch (IllegalArgumentException ambiguous) {
            throw new BadInput(source + ": " + ambiguous.getMessage(), ambiguous);
        }
    }

    /**
     * Where a tensor lies, under the name asked for; null where no file has it.
     *
     * @throws BadInput when only the index has it, or two files have it and no index says which
     */
    public @Nullable TensorLocation locate(String name) {
        String stored = stored(name);
        if (stored == null) {
            return null;
        }
        TensorLocation location = header(stored).locate(stored);
        return location == null || stored.equals(name) ? location : location.named(name);
    }

    private SafetensorsHeader header(String stored) {
        List<SafetensorsHeader> files = filesOfTensor.getOrDefault(stored, List.of());
        String shard = shardOfTensor.get(stored);
        SafetensorsHeader said = shard == null ? null : headers.get(shard);
        if (said != null && files.contains(said)) {
            return said;
        }
        if (files.size() == 1) {
            // An index that is wrong about the place does no harm: transformers reads whatever the shards hold.
            return files.get(0);
        }
        if (files.size() > 1) {
            throw new BadInput(files.get(1).file() + ": tensor '" + Printable.text(stored) + "' is also in "
                    + files.get(0).file().getFileName());
        }
        BadInput absent = shard == null ? null : absentShards.get(shard);
        throw absent != null
                ? absent
                : new BadInput(source + ": tensor '" + Printable.text(stored) + "' is not in '"
                        + Printable.text(String.valueOf(shard)) + "' where the index says it is");
    }

    /** The refusal of a tensor that is nowhere, by the likeliest cause. */
    public BadInput missing(String name, long[] shape) {
        if (!absentShards.isEmpty()) {
            return absentShards.values().iterator().next();
        }
        String similar = names.similar(name);
        return new BadInput(source + ": tensor '" + name + "' is missing; config.json asks for it with shape "
                + Printable.shape(shape)
                + (similar == null ? "" : "; there is '" + Printable.text(similar) + "', whose prefix is not known"));
    }

    /** A tensor of any type, or null. */
    public @Nullable TensorPart part(String name) {
        String stored = stored(name);
        return stored == null ? null : header(stored).part(stored);
    }

    /** @throws BadInput when it is missing */
    public TensorPart requiredPart(String name) {
        TensorPart part = part(name);
        if (part == null) {
            throw new BadInput(source + ": tensor '" + Printable.text(name) + "' is missing");
        }
        return part;
    }
}
