package qroar.orchestrator.app.input;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.DocumentSource;
import qroar.protocol.trial.DocumentRef;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.text.Documents;
import qroar.workers.text.Packing;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.text.Tokenizer;

/** Reads and tokenizes documents; opens the tokenizer only when a text needs it. */
public final class DocumentReader implements AutoCloseable {
    private final Checkpoint checkpoint;
    private @Nullable Tokenizer tokenizer;

    public DocumentReader(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
    }

    /** @throws qroar.protocol.BadInput in one line naming the file */
    public List<TokenizedDocument> read(List<DocumentSource> sources) {
        List<TokenizedDocument> documents = new ArrayList<>();
        for (DocumentSource source : sources) {
            documents.addAll(read(source));
        }
        return documents;
    }

    private List<TokenizedDocument> read(DocumentSource source) {
        if (source instanceof DocumentSource.TextFile text) {
            return List.of(Documents.text(text.file(), tokenizer()));
        }
        if (source instanceof DocumentSource.TokenFile tokens) {
            return List.of(Documents.tokens(tokens.file(), checkpoint.config().vocabularySize()));
        }
        DocumentSource.PackedStories packed = (DocumentSource.PackedStories) source;
        List<TokenizedDocument> all = Documents.packed(
                packed.file(), tokenizer(), new Packing(packed.skip() + packed.count(), packed.tokensPerDocument(), 0));
        return all.subList(packed.skip(), all.size());
    }

    /** What the tokenizer leaves open, for people; empty where none was needed. */
    public List<String> notes() {
        return tokenizer == null ? List.of() : tokenizer.notes();
    }

    private Tokenizer tokenizer() {
        if (tokenizer == null) {
            tokenizer = Tokenizer.open(checkpoint);
        }
        return tokenizer;
    }

    /** What is told of documents, in their order. */
    public static List<DocumentRef> refs(List<TokenizedDocument> documents) {
        return documents.stream().map(TokenizedDocument::ref).toList();
    }

    @Override
    public void close() {
        if (tokenizer != null) {
            tokenizer.close();
        }
    }
}
