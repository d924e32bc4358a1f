package qroar.workers.checkpoint;

import qroar.workers.config.ModelConfig;
import qroar.workers.config.TensorNames;
import qroar.workers.tensors.TensorFiles;
import qroar.workers.tensors.TensorLocation;

/**
 * Embedding and output head of a checkpoint that stores both although {@code tie_word_embeddings} says that they are one:
 * what a fine-tuned head looks like whose config.json was left as it was. As by transformers 5, they are one where they are
 * equal, and two where they are not.
 */
final class SeparateEnds {
    private SeparateEnds() {}

    /** What the config says, or as it must be meant. */
    static ModelConfig of(ModelConfig config, TensorFiles files) {
        if (!config.tiedEmbeddings()) {
            return config;
        }
        TensorLocation embedding = files.locate(TensorNames.EMBEDDING);
        TensorLocation head = files.locate(TensorNames.OUTPUT_HEAD);
        if (embedding == null || head == null || embedding.holdsTheSame(head)) {
            return config;
        }
        return config.untied(files.source() + ": config.json's tie_word_embeddings makes one tensor of '"
                + TensorNames.EMBEDDING + "' and '" + TensorNames.OUTPUT_HEAD
                + "', and both are stored and differ; both"
                + " are used, as by transformers 5, where transformers 4 and vLLM take the first for both");
    }
}
