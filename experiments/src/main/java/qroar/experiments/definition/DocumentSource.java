package qroar.experiments.definition;

import java.nio.file.Path;

/** Where one entry of a document list lies; reading and tokenizing is the workers' part. Paths are absolute. */
public sealed interface DocumentSource {
    Path file();

    /** A UTF-8 text file: one document. */
    record TextFile(Path file) implements DocumentSource {}

    /** A file of token ids, {@code {"tokens":[...]}} or a bare array: one document, used verbatim. */
    record TokenFile(Path file) implements DocumentSource {}

    /**
     * Stories packed into long documents: each line of the file is a JSON object with a {@code text}; the stories are
     * tokenized, each preceded by BOS, and appended to one another in the order of the file until a document has exactly
     * {@code tokensPerDocument} ids. The next document starts with the next story, so that every document starts with
     * BOS and no two documents share a story.
     *
     * @param file JSON lines
     * @param tokensPerDocument length of each document in tokens, BOS included
     * @param count documents taken
     * @param skip documents (not stories) packed and left out before the first one taken: with {@code skip} equal to
     *     another set's {@code count}, the two sets share no story
     */
    record PackedStories(Path file, int tokensPerDocument, int count, int skip) implements DocumentSource {}
}
