package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.model.TextSource;

/** The texts of a measurement: files for the checkpoint's tokenizer, or token ids used verbatim. */
public final class DocumentOptions {
    @Option(
            names = "--docs",
            paramLabel = "FILE",
            arity = "1..*",
            description =
                    "text files (UTF-8, also .gz and .zst), a document each; the checkpoint's tokenizer and its rule for BOS hold")
    private List<Path> docs = new ArrayList<>();

    @Option(
            names = "--tokens",
            paramLabel = "FILE.json",
            description = "token ids, {\"tokens\":[...]} or a bare array, used verbatim: no BOS is added")
    private @Nullable Path tokens;

    public TextSource source() {
        return new TextSource(docs, tokens);
    }
}
