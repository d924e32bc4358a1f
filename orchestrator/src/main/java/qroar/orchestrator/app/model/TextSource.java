package qroar.orchestrator.app.model;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.DocumentSource;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.protocol.BadInput;
import qroar.workers.text.TokenizedDocument;

/**
 * What a measurement reads.
 *
 * @param docs UTF-8 files, a document each, for the checkpoint's tokenizer
 * @param tokens a file of token ids, used verbatim, instead; or null
 */
public record TextSource(List<Path> docs, @Nullable Path tokens) {
    public TextSource {
        docs = List.copyOf(docs);
    }

    /** @throws BadInput unless one of the two options was given */
    public List<TokenizedDocument> read(DocumentReader reader) {
        if (docs.isEmpty() == (tokens == null)) {
            throw new BadInput(
                    tokens == null
                            ? "no documents: give --docs FILE... or --tokens FILE.json"
                            : "--docs and --tokens exclude each other");
        }
        return reader.read(
                tokens != null
                        ? List.of(new DocumentSource.TokenFile(tokens))
                        : docs.stream()
                                .<DocumentSource>map(DocumentSource.TextFile::new)
                                .toList());
    }
}
