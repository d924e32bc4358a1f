package qroar.orchestrator.app.plan;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.Overrides;
import qroar.experiments.definition.yaml.PathLocator;
import qroar.orchestrator.app.input.TrainedWindow;
import qroar.protocol.BadInput;
import qroar.protocol.input.HubCache;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.storage.AtomicFile;
import qroar.workers.checkpoint.Checkpoint;

/** An experiment file for a checkpoint and a folder of texts, for people to go on from. */
public final class NewExperiment {
    private static final int CALIBRATION_SEQUENCES = 16;
    private static final int CALIBRATION_TOKENS = 512;

    private final String model;
    private final Checkpoint checkpoint;
    private final TextSplit texts;
    private final int window;
    private final String name;

    private NewExperiment(String model, Checkpoint checkpoint, TextSplit texts, int window, String name) {
        this.model = model;
        this.checkpoint = checkpoint;
        this.texts = texts;
        this.window = window;
        this.name = name;
    }

    /**
     * Writes a file that {@code plan} takes as it is.
     *
     * @param model a folder, a GGUF file, or a name in the Hugging Face cache
     * @param folder of texts, one document per file
     * @param length the longest length in tokens; null for what the documents reach
     * @param out the file; null for the model's name in the current folder
     * @param force whether a file that is there is written over
     * @return the file
     * @throws BadInput in one line naming what cannot be used
     */
    public static Path write(String model, Path folder, @Nullable Integer length, @Nullable Path out, boolean force) {
        if (length != null && (length < 8 || length > 1 << 24)) {
            throw new BadInput("--length " + length + " must be in [8, " + (1 << 24) + "]");
        }
        HubCache cache = HubCache.of(System.getenv());
        Path directory = cache.locate(model);
        if (!Files.exists(directory)) {
            throw new BadInput(model + ": there is no such checkpoint" + cache.lacks(model));
        }
        String name = nameOf(model);
        Path file = out == null ? Path.of(name + ".yaml") : out;
        if (Files.isDirectory(file)) {
            throw new BadInput(file + ": is a folder; --out names the file to write");
        }
        if (Files.exists(file) && !force) {
            throw new BadInput(file + ": is there already; name another with --out, or write over it with --force");
        }
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw new BadInput(file + ": there is no folder " + parent);
        }
        Checkpoint checkpoint = Checkpoint.open(directory);
        int window = TrainedWindow.of(checkpoint.config());
        TextSplit texts = TextSplit.of(folder, checkpoint, window, length);
        String named = Files.exists(Path.of(model))
                ? Path.of(model).toAbsolutePath().normalize().toString()
                : model;
        NewExperiment made = new NewExperiment(named, checkpoint, texts, window, name);
        AtomicFile.write(file, made.text());
        return file;
    }

    private static String nameOf(String model) {
        Path last = Path.of(model).toAbsolutePath().normalize().getFileName();
        String name = String.valueOf(last)
                .replaceFirst("\\.gguf$", "")
                .replaceFirst("^models--", "")
                .replaceAll("[^A-Za-z0-9._-]+", "-")
                .replaceFirst("^[^A-Za-z0-9]+", "");
        return name.isEmpty() || last == null ? "experiment" : name.substring(0, Math.min(64, name.length()));
    }

    private String text() {
        List<String> lines = new ArrayList<>(List.of(
                "# What a run does; every key is explained in docs/experiment-file.md. Look before it runs, then run it:",
                "#   qroar plan FILE, then: qroar run FILE",
                "name: " + quoted(name),
                "# " + checkpoint.parameterCount() + " weights, trained window " + window + " tokens"
                        + (checkpoint.encoding() == null ? "" : ", stored as " + checkpoint.encoding()),
                "model: " + quoted(PathLocator.escaped(model)),
                "# Candidates are compared on search documents, headline figures measured on held-out ones, which have to be"
                        + " unseen.",
                "documents:"));
        documents(lines, "search", texts.search());
        documents(lines, "held-out", texts.heldOut());
        if (!texts.leftOut().isEmpty()) {
            lines.add("# Left out: "
                    + texts.leftOut().stream().map(NewExperiment::comment).toList());
        }
        if (texts.unread() > 0) {
            lines.add(
                    "# The first " + TextSplit.MAX_FILES + " texts by name are taken; " + texts.unread() + " are not.");
        }
        lines.add("# Context lengths in tokens. Every document has the shortest.");
        lines.add("lengths: " + texts.lengths());
        rope(lines);
        quantizers(lines);
        others(lines);
        return String.join("\n", lines) + "\n";
    }

    private static void documents(List<String> lines, String key, List<TextSplit.Text> documents) {
        lines.add("  " + key + ":");
        documents.forEach(text -> lines.add(
                "    - " + quoted(PathLocator.escaped(text.file().toString())) + " # " + text.tokens() + " tokens"));
    }

    private int longest() {
        return texts.lengths().get(texts.lengths().size() - 1);
    }

    private void rope(List<String> lines) {
        boolean scaled = !(checkpoint.config().ropeScaling() instanceof NoScaling);
        int reach = scaled ? checkpoint.config().geometry().maxPositions() : window;
        if (longest() > reach) {
            int factor = (longest() + window - 1) / window;
            lines.add("# " + longest() + " tokens are " + factor + " times the trained window.");
            lines.add("rope: \"yarn:factor=" + factor + ",original=" + window + "\"");
            return;
        }
        lines.add("# As the checkpoint has it, which reaches " + reach + " tokens; for 4 times that: "
                + "\"yarn:factor=4\", with texts and lengths beyond " + reach + " tokens.");
        lines.add("rope: checkpoint");
    }

    private void quantizers(List<String> lines) {
        if (checkpoint.isQuantized()) {
            lines.add("# The checkpoint's own. What the scales repair can be told with the same model unquantized:");
            lines.add("# control: FOLDER");
            lines.add("quantizer: stored");
            return;
        }
        int hidden = checkpoint.config().hiddenSize();
        int wide = checkpoint.config().intermediateSize();
        int group = Stream.of(128, 64, 32)
                .filter(each -> hidden % each == 0 && wide % each == 0)
                .findFirst()
                .orElse(32);
        int blocks = texts.calibrationBlocks(CALIBRATION_SEQUENCES, CALIBRATION_TOKENS);
        boolean calibrates = blocks > 0;
        lines.add("# A list is a dimension of the sweep: each quantizer is a study.");
        lines.add("quantizer: [\"rtn:bits=4,group=" + group + "\""
                + (calibrates ? ", \"awq:bits=4,group=" + group + "\"" : "") + "]");
        if (calibrates && blocks < CALIBRATION_SEQUENCES) {
            lines.add("# All whole blocks that the search documents have.");
            lines.add("calibration: {sequences: " + blocks + ", length: " + CALIBRATION_TOKENS + "}");
        }
    }

    /** Every other key with its default, as reading the file gives it. */
    private void others(List<String> lines) {
        Map<String, List<String>> groups = new TreeMap<>();
        // Where it says what was so before the key was there, it is left out of what is kept of a run.
        groups.put("search", new ArrayList<>(List.of("start: ones")));
        List<String> single = new ArrayList<>();
        List<String> written = lines.stream().map(line -> line.split(":", 2)[0]).toList();
        for (Map.Entry<String, String> setting :
                settings(String.join("\n", lines) + "\n").entrySet()) {
            String key = setting.getKey();
            int dot = key.indexOf('.');
            String top = dot < 0 ? key : key.substring(0, dot);
            if (written.contains(top)) {
                continue;
            }
            if (dot < 0) {
                single.add("# " + key + ": " + setting.getValue());
            } else {
                groups.computeIfAbsent(top, each -> new ArrayList<>())
                        .add(key.substring(dot + 1) + ": " + setting.getValue());
            }
        }
        lines.add("");
        lines.add("# The other keys with what they are when left out.");
        lines.add("# precision: auto");
        lines.addAll(single);
        groups.forEach((top, keys) -> {
            lines.add("# " + top + ":");
            String before = "";
            for (String key : keys) {
                int dot = key.substring(0, key.indexOf(':')).indexOf('.');
                String group = dot < 0 ? "" : key.substring(0, dot);
                if (!group.isEmpty() && !group.equals(before)) {
                    lines.add("#   " + group + ":");
                }
                lines.add(group.isEmpty() ? "#   " + key : "#     " + key.substring(dot + 1));
                before = group;
            }
        });
        lines.add("# And these, which nothing is done for when left out:");
        lines.add(
                "# objective: mixture # of perplexity and what is asked; needle asks alone, left out it is perplexity");
        lines.add("# needles: {task: passkey, depths: [0, 50, 100]}");
        lines.add("# controls: [common, permuted]");
        lines.add("# held-out: {divergence: reference}");
    }

    /** Planned as it is, so that no file is written which a run would refuse. */
    private static Map<String, String> settings(String text) {
        try {
            Path trial = Files.createTempFile("qroar-init", ".yaml");
            try {
                Files.writeString(trial, text);
                return PlannedInput.read(trial, Overrides.NONE, new PlannedInput.Assumed(null, 1, null), List.of())
                        .definition()
                        .settings();
            } finally {
                Files.deleteIfExists(trial);
            }
        } catch (IOException e) {
            throw new BadInput("no temporary file can be written: " + AtomicFile.reason(e), e);
        }
    }

    private static String comment(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String quoted(String text) {
        return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
    }
}
