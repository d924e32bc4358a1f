package qroar.workers.text;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.FoundFile;
import qroar.workers.config.JsonSection;
import qroar.workers.config.ModelConfig;
import qroar.workers.gguf.GgufFile;
import qroar.workers.gguf.GgufTokenizer;
import qroar.workers.tensors.Conversion;

/**
 * A checkpoint's tokenizer. Special tokens follow the checkpoint's own files: what the post-processor of
 * {@code tokenizer.json} adds is kept, and where {@code tokenizer_config.json} says {@code add_bos_token: true} and the
 * result does not begin with BOS, BOS goes in front. Never truncates, never pads. May be used by several threads.
 */
public final class Tokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";
    private static final int MAX_TOKEN_ID = 1 << 24;
    /** A text that every tokenizer has tokens for. */
    private static final String PROBE = "a";

    private final Path file;
    private final NativeTokenizer tokenizer;
    private final int vocabularySize;
    private final ModelConfig config;
    private final @Nullable Integer bosTokenId;
    /** Why the BOS that the tokenizer's files name is none; refused where one is needed. */
    private final @Nullable BadInput bosProblem;

    private final BosRule bosRule;
    private final List<String> notes;

    private enum BosRule {
        /** What the post-processor does, and nothing else. */
        POST_PROCESSOR,
        /** BOS is put in front where the post-processor did not. */
        ALWAYS
    }

    private Tokenizer(Path file, NativeTokenizer tokenizer, ModelConfig config) {
        this.file = file;
        this.tokenizer = tokenizer;
        this.config = config;
        this.vocabularySize = config.vocabularySize();
        Path settingsFile = file.resolveSibling("tokenizer_config.json");
        // A GGUF file says itself what it adds; a settings file beside it may be another model's.
        boolean hasSettings = !GgufFile.isNamedBy(file) && FoundFile.isNamed(settingsFile);
        @Nullable JsonSection settings = hasSettings ? JsonSection.read(settingsFile) : null;
        boolean always = settings != null && settings.flag("add_bos_token", false);
        this.bosRule = always ? BosRule.ALWAYS : BosRule.POST_PROCESSOR;
        Integer named = null;
        BadInput problem = null;
        try {
            named = settings == null ? null : namedToken(settings, "bos_token");
        } catch (BadInput e) {
            problem = e;
        }
        this.bosTokenId =
                named != null || problem != null ? named : config.vocabulary().bosTokenId();
        this.bosProblem = problem;
        if (always && bosTokenId == null) {
            requireNoProblem();
            throw new BadInput(settingsFile + ": key 'add_bos_token' is true, but neither 'bos_token' here nor"
                    + " 'bos_token_id' in config.json says which token that is");
        }
        this.notes = settings == null ? List.of() : notes(settings);
    }

    /** A BOS that is named but is none is worth a better message than that there is none. */
    private void requireNoProblem() {
        if (bosProblem != null) {
            throw bosProblem;
        }
        config.vocabulary().requireUsable("bos_token_id", "");
    }

    /** Where versions of transformers disagree about what the two files together mean. */
    private List<String> notes(JsonSection settings) {
        List<String> found = new ArrayList<>();
        long[] plain = tokenizer.encode(PROBE, false);
        long[] framed = tokenizer.encode(PROBE, true);
        boolean begins = framed.length > plain.length && bosTokenId != null && framed[0] == bosTokenId;
        if (begins && settings.has("add_bos_token") && !settings.flag("add_bos_token", true)) {
            found.add(settings.named("add_bos_token") + " is false, but the post-processor of " + file.getFileName()
                    + " puts BOS in front; it stays there as in transformers 5 (4.57 leaves it out)");
        }
        boolean ends = framed.length > plain.length + (begins ? 1 : 0);
        if (settings.flag("add_eos_token", false) && !ends) {
            found.add(settings.named("add_eos_token") + " is true, but the post-processor of " + file.getFileName()
                    + " adds no EOS; none is added, as in transformers 5 (4.57 adds it)");
        }
        return found;
    }

    /**
     * Opens a checkpoint's tokenizer: the files beside its weights, or what a GGUF file holds in its metadata.
     *
     * @throws BadInput in one line naming the file
     */
    public static Tokenizer open(Checkpoint checkpoint) {
        if (checkpoint.isGguf()) {
            Path weights = checkpoint.files().get(0);
            GgufFile file = GgufFile.open(weights);
            if (GgufTokenizer.isIn(file) || !Files.exists(weights.resolveSibling(FILE))) {
                return open(weights, new String(GgufTokenizer.json(file), StandardCharsets.UTF_8), checkpoint.config());
            }
        }
        return open(checkpoint.directory(), checkpoint.config());
    }

    /**
     * Opens the tokenizer beside a checkpoint's weights.
     *
     * @param config of the same checkpoint: its vocabulary bounds the ids, its {@code bos_token_id} stands in where the
     *     tokenizer's files name none
     * @throws BadInput in one line naming the file
     */
    public static Tokenizer open(Path checkpointDirectory, ModelConfig config) {
        Path file = checkpointDirectory.resolve(FILE);
        requireTokenizer(checkpointDirectory, file);
        return open(file, NativeTokenizer.read(file), config);
    }

    private static Tokenizer open(Path file, String json, ModelConfig config) {
        stayOffline("ai.djl.offline", "true");
        stayOffline("RUST_FLAVOR", "cpu");
        NativeTokenizer tokenizer = NativeTokenizer.of(file, json);
        try {
            return new Tokenizer(file, tokenizer, config);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static void requireTokenizer(Path directory, Path file) {
        String instead = FoundFile.insteadOfJson(file);
        if (instead != null) {
            throw new BadInput(file + ": " + instead);
        }
        Path sentencePiece = file.resolveSibling("tokenizer.model");
        if (FoundFile.isNamed(file)) {
            if (!Files.exists(file)) {
                throw FoundFile.missing(file);
            }
        } else if (Files.exists(sentencePiece)) {
            throw new BadInput(file + ": no such file; " + sentencePiece.getFileName() + " is converted by: "
                    + Conversion.ofTokenizer(directory));
        } else {
            throw new BadInput(file + ": no such file; give token ids instead of texts, or add the model's tokenizer");
        }
    }

    /** The native library asks the network for a GPU build of itself unless it is told not to. */
    private static void stayOffline(String key, String value) {
        if (System.getProperty(key) == null && System.getenv(key) == null) {
            System.setProperty(key, value);
        }
    }

    /** {@code bos_token} is a string, or an object with the string under {@code content}. */
    private @Nullable Integer namedToken(JsonSection settings, String key) {
        if (!settings.has(key)) {
            return null;
        }
        JsonSection object = settings.isText(key) ? null : settings.section(key);
        String token = object == null ? settings.text(key) : object.text("content");
        if (token == null) {
            return null;
        }
        long[] ids = tokenizer.encode(token, false);
        if (ids.length != 1) {
            throw settings.refuse(key, "must be one token of " + file.getFileName() + ", not " + ids.length);
        }
        return checkedId(ids[0]);
    }

    /** Token ids of a text with the checkpoint's special tokens. */
    public int[] encode(String text) {
        int[] ids = ids(text, true);
        return bosRule == BosRule.ALWAYS ? withBos(ids) : ids;
    }

    /** Token ids of a text alone: no BOS, nothing from the post-processor. */
    public int[] encodeContinuation(String text) {
        return ids(text, false);
    }

    /** {@link #encode}, and BOS in front whatever the checkpoint's rule says, once. */
    int[] encodeAfterBos(String text) {
        if (bosTokenId == null) {
            requireNoProblem();
            throw new BadInput(file.getParent() + ": neither tokenizer_config.json nor config.json names a BOS token;"
                    + " packed stories need one before each");
        }
        return withBos(encode(text));
    }

    private int[] withBos(int[] ids) {
        if (bosTokenId == null || (ids.length > 0 && ids[0] == bosTokenId)) {
            return ids;
        }
        int[] begun = new int[ids.length + 1];
        begun[0] = bosTokenId;
        System.arraycopy(ids, 0, begun, 1, ids.length);
        return begun;
    }

    private int[] ids(String text, boolean specialTokens) {
        return Arrays.stream(tokenizer.encode(text, specialTokens))
                .mapToInt(this::checkedId)
                .toArray();
    }

    private int checkedId(long id) {
        if (id < 0 || id >= Math.min(vocabularySize, MAX_TOKEN_ID)) {
            throw new BadInput(file + ": gives token id " + id + "; config.json has vocab_size " + vocabularySize);
        }
        return (int) id;
    }

    /** The text of some ids, special tokens left out. */
    public String decode(int[] ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray());
    }

    /** What the checkpoint's files leave open: one sentence each, for people. */
    public List<String> notes() {
        return notes;
    }

    /** Null when neither the tokenizer's files nor config.json name one. */
    public @Nullable Integer bosTokenId() {
        return bosTokenId;
    }

    /** Every id that {@link #encode} gives is below it. */
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
