package qroar.orchestrator.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An experiment of a few seconds, built so that a test can spoil one piece: the demo model stretched from 64 to 256 tokens,
 * two quantizers, two bands, three candidates each, the first 2,000 characters (about 440 tokens) of two demo documents
 * in each set.
 */
public final class SmallExperiment {
    private static final int CHARACTERS = 2_000;

    private final Path folder;
    private final Map<String, String> keys = new LinkedHashMap<>();

    /** Writes the documents into the folder. */
    public SmallExperiment(Path folder) {
        this.folder = folder;
        keys.put("name", "small");
        keys.put("model", quoted(demo().resolve("model")));
        keys.put("documents", "{search: [search-00.txt, search-01.txt], held-out: [held-out-00.txt, held-out-01.txt]}");
        keys.put("lengths", "[128, 256]");
        keys.put("trained-window", "64");
        keys.put("window", "64");
        keys.put("rope", "\"yarn:factor=4,original=64\"");
        keys.put("quantizer", "[\"rtn:bits=2,group=32\", \"rtn:bits=3,group=64\"]");
        keys.put("bands", "2");
        keys.put("grid", "3");
        keys.put("search", "{max-passes: 1}");
        for (String document : new String[] {"search-00", "search-01", "held-out-00", "held-out-01"}) {
            write(document + ".txt", text(document).substring(0, CHARACTERS));
        }
    }

    /** The demo's folder in the checkout that the tests run in. */
    static Path demo() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            Path demo = folder.resolve("experiments/samples/demo");
            if (Files.isDirectory(demo)) {
                return demo;
            }
            folder = folder.getParent();
        }
        throw new AssertionError(
                "no experiments/samples/demo above " + Path.of("").toAbsolutePath());
    }

    static String text(String document) {
        try {
            return Files.readString(demo().resolve("documents").resolve(document + ".txt"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String quoted(Path path) {
        return '"' + path.toString().replace("\\", "\\\\") + '"';
    }

    public SmallExperiment with(String key, String yaml) {
        keys.put(key, yaml);
        return this;
    }

    /** Searches every candidate in full and on, for whoever wants to look at a run that is not done before. */
    SmallExperiment lasting() {
        return with("search", "{strategy: coordinate, max-passes: 2}")
                .with("stopping", "{rule: none}")
                .with("bands", "4")
                .with("grid", "9");
    }

    void write(String file, String content) {
        try {
            Files.writeString(folder.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the experiment file; its path, absolute. */
    public String file() {
        StringBuilder yaml = new StringBuilder();
        keys.forEach((key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
        String name = keys.get("name") + ".yaml";
        write(name, yaml.toString());
        return folder.resolve(name).toString();
    }
}
