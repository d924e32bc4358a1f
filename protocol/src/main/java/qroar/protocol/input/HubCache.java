package qroar.protocol.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * Models that lie in the Hugging Face cache, by the names that they have there: {@code ORG/NAME}, of another revision than
 * main {@code ORG/NAME@REVISION}, a file of theirs {@code ORG/NAME/FILE.gguf}; or by the folder of the cache itself, {@code
 * models--ORG--NAME}. Its layout is that of huggingface_hub: {@code refs/REVISION} holds the name of a folder of {@code
 * snapshots}. Nothing is downloaded.
 */
public final class HubCache {
    private static final String WORD = "[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?";
    private static final Pattern NAME =
            Pattern.compile("(" + WORD + ")/(" + WORD + ")(?:@([A-Za-z0-9._/-]+))?(?:/(.+))?");
    private static final Pattern FOLDER = Pattern.compile("models--(.+?)--(.+)");
    private static final String PREFIX = "models--";
    private static final String SNAPSHOTS = "snapshots";
    private static final long MAX_REF_BYTES = 1024;

    private final Path root;

    private HubCache(Path root) {
        this.root = root;
    }

    /**
     * The cache of this machine: {@code HF_HUB_CACHE}, {@code HF_HOME/hub}, {@code XDG_CACHE_HOME/huggingface/hub} or {@code
     * ~/.cache/huggingface/hub}.
     */
    public static HubCache of(Map<String, String> environment) {
        for (String own : List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")) {
            Path hub = folder(environment.get(own));
            if (hub != null) {
                return new HubCache(hub);
            }
        }
        Path home = folder(environment.get("HF_HOME"));
        if (home == null) {
            Path shared = folder(environment.get("XDG_CACHE_HOME"));
            home = (shared == null ? Path.of(System.getProperty("user.home"), ".cache") : shared)
                    .resolve("huggingface");
        }
        return new HubCache(home.resolve("hub"));
    }

    private static @Nullable Path folder(@Nullable String named) {
        if (named == null || named.isBlank()) {
            return null;
        }
        return named.equals("~") || named.startsWith("~/")
                ? Path.of(System.getProperty("user.home") + named.substring(1))
                : Path.of(named);
    }

    /** Where the models lie; the folder need not be there. */
    public Path root() {
        return root;
    }

    /**
     * What a person means who names a checkpoint: what lies at the path, if anything does, else a model of this cache. A
     * folder of a cache stands for its snapshot.
     *
     * @param named as it was written; whatever is no name of a model and is not there is given back
     * @param path what it is as a path
     * @throws BadInput in one line, when the model is there and the revision is not
     */
    public Path locate(String named, Path path) {
        if (Files.isDirectory(path.resolve(SNAPSHOTS)) && !Files.exists(path.resolve("config.json"))) {
            return snapshot(path, null);
        }
        Matcher name = NAME.matcher(named);
        if (Files.exists(path) || !name.matches()) {
            return path;
        }
        Path model = root.resolve(PREFIX + name.group(1) + "--" + name.group(2));
        if (!Files.isDirectory(model)) {
            return path;
        }
        String within = name.group(4);
        Path snapshot = snapshot(model, name.group(3));
        return within == null ? snapshot : snapshot.resolve(within);
    }

    /** Beside the word that something is not there: whether this cache could have had it. Empty where it could not. */
    public String lacks(String named) {
        return NAME.matcher(named).matches()
                ? "; nor has the Hugging Face cache such a model (" + root + ", as HF_HUB_CACHE and HF_HOME tell)"
                : "";
    }

    private static Path snapshot(Path model, @Nullable String revision) {
        Path snapshots = model.resolve(SNAPSHOTS);
        if (revision != null && isOne(snapshots, revision)) {
            return snapshots.resolve(revision);
        }
        Path ref = model.resolve("refs").resolve(revision == null ? "main" : revision);
        if (Files.isRegularFile(ref)) {
            String commit = InputFile.text(ref, MAX_REF_BYTES).strip();
            if (!isOne(snapshots, commit)) {
                throw new BadInput(ref + ": names a snapshot that is not in " + snapshots
                        + "; the download did not end, begin it again");
            }
            return snapshots.resolve(commit);
        }
        List<String> there = names(snapshots);
        if (revision == null && there.size() == 1) {
            return snapshots.resolve(there.get(0));
        }
        throw new BadInput(model + ": has no revision '" + (revision == null ? "main" : revision)
                + "'; its snapshots are " + there);
    }

    /** Only what is a folder right there: a ref may hold anything. */
    private static boolean isOne(Path snapshots, String name) {
        return names(snapshots).contains(name);
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isDirectory)
                    .map(path -> String.valueOf(path.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw InputFile.unreadable(folder, e);
        }
    }

    /** What people call the model in this folder; null where it does not lie in such a cache. */
    public static @Nullable String nameOf(Path checkpoint) {
        Path folder = checkpoint.toAbsolutePath().normalize();
        for (int i = folder.getNameCount() - 2; i >= 0; i--) {
            Matcher name = FOLDER.matcher(folder.getName(i).toString());
            if (name.matches() && folder.getName(i + 1).toString().equals(SNAPSHOTS)) {
                return name.group(1) + "/" + name.group(2);
            }
        }
        return null;
    }

    /** {@link #locate(String, Path)} of what is a path from where the process runs. */
    public Path locate(String named) {
        try {
            return locate(named, Path.of(named));
        } catch (InvalidPathException e) {
            throw new BadInput("'" + named + "' is no path: " + e.getReason());
        }
    }
}
