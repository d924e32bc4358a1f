package qroar.orchestrator.app.input;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.DocumentSource;
import qroar.experiments.definition.Overrides;
import qroar.orchestrator.console.Notes;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.items.ScoredItem;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.text.TokenizedDocument;

/** What a worker's machine has to offer, found by its content. */
public final class LocalContent {
    private static final int MAX_FILES = 10_000;
    private static final Pattern TOKENS = Pattern.compile(".*\\.json(\\.gz|\\.zst)?");
    private static final Pattern TEXT = Pattern.compile(".*\\.txt(\\.gz|\\.zst)?");

    private final Map<String, Checkpoint> checkpoints = new HashMap<>();
    private final Map<String, TokenizedDocument> documents = new HashMap<>();

    private final Map<String, ScoredItem> items = new HashMap<>();
    private final Notes notes = new Notes();

    private LocalContent() {}

    /**
     * Where to look.
     *
     * @param experiment file whose model and documents are offered
     * @param models checkpoint folders
     * @param docs document files
     * @param overrides keys of the command line in the experiment file's stead, as its coordinator has them
     * @param folder whose {@code .txt} and {@code .json} files, also gzip's and Zstandard's, are documents
     */
    public record Sources(
            @Nullable Path experiment,
            Overrides overrides,
            List<Path> models,
            List<Path> docs,
            @Nullable Path folder) {
        public Sources {
            models = List.copyOf(models);
            docs = List.copyOf(docs);
        }
    }

    /**
     * Reads everything named and tokenizes documents with each checkpoint's own rule.
     *
     * @param digests where digests of large checkpoints are remembered
     * @throws BadInput naming what cannot be read, or that there is nothing to offer
     */
    public static LocalCatalog index(Sources sources, Path digests) {
        if (sources.experiment == null && !sources.overrides.words().isEmpty()) {
            throw new BadInput("'" + sources.overrides.words().get(0)
                    + "' is a key of an experiment, and there is none:" + " name --experiment FILE before it");
        }
        if (sources.experiment == null && sources.models.isEmpty()) {
            throw new BadInput("a worker needs something to compute with: name --experiment FILE, or --model DIR and"
                    + " --docs FILE");
        }
        LocalContent content = new LocalContent();
        if (sources.experiment != null) {
            ExperimentInput input = ExperimentInput.read(sources.experiment, sources.overrides, digests, List.of());
            content.checkpoints.putAll(input.catalog().checkpoints());
            content.documents.putAll(input.documents());
            content.items.putAll(input.items());
            content.notes.tell(input.notes());
        }
        for (Path model : sources.models) {
            Checkpoint checkpoint = Checkpoint.open(model);
            content.notes.tell(checkpoint.notes());
            content.checkpoints.put(checkpoint.digest(digests), checkpoint);
        }
        List<DocumentSource> files = new ArrayList<>();
        sources.docs.forEach(file -> files.add(source(file)));
        if (sources.folder != null) {
            filesIn(sources.folder).forEach(file -> files.add(source(file)));
        }
        for (Checkpoint checkpoint : content.checkpoints.values()) {
            try (DocumentReader reader = new DocumentReader(checkpoint)) {
                for (TokenizedDocument document : reader.read(files)) {
                    content.documents.put(document.ref().digest(), document);
                }
                content.notes.tell(reader.notes());
            }
        }
        return new LocalCatalog(content.checkpoints, content.documents, content.items);
    }

    private static DocumentSource source(Path file) {
        return TOKENS.matcher(file.toString()).matches()
                ? new DocumentSource.TokenFile(file)
                : new DocumentSource.TextFile(file);
    }

    private static List<Path> filesIn(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> files = entries.filter(Files::isRegularFile)
                    .filter(file -> TOKENS.matcher(file.toString()).matches()
                            || TEXT.matcher(file.toString()).matches())
                    .sorted()
                    .limit(MAX_FILES + 1L)
                    .toList();
            if (files.size() > MAX_FILES) {
                throw new BadInput("--documents " + folder + " holds more than " + MAX_FILES + " documents");
            }
            return files;
        } catch (IOException e) {
            throw new BadInput("--documents " + folder + " cannot be read: " + e.getMessage(), e);
        }
    }
}
