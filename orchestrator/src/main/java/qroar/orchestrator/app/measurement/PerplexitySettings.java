package qroar.orchestrator.app.measurement;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.ModelConfig;
import qroar.workers.evaluation.Protocol;
import qroar.workers.evaluation.Setting;
import qroar.workers.text.TokenizedDocument;

/**
 * How perplexity is measured; words as a person gave them.
 *
 * @param protocol by its name
 * @param lengths of contexts in tokens, ascending or not; none for documents as they are, where the protocol can
 * @param stride tokens from window to window; null for what the protocol says
 * @param startToken a token id, {@code none}, or null for what the checkpoint says
 */
public record PerplexitySettings(
        String protocol,
        List<Integer> lengths,
        @Nullable Integer stride,
        @Nullable String startToken) {
    private static final String START_TOKEN_ADVICE = ", or give --start-token ID or none";

    public PerplexitySettings {
        lengths = List.copyOf(lengths);
    }

    /** @throws BadInput when the protocol is none, or options do not go together */
    public void requireSensible() {
        knownProtocol();
    }

    /** @throws BadInput when it is none, or options do not go together */
    Protocol knownProtocol() {
        Protocol chosen = Protocol.ofWord(protocol);
        if (lengths.isEmpty() && chosen.needsLength()) {
            throw new BadInput("--protocol " + protocol + " needs --length L, the tokens of a window");
        }
        if (stride != null && !chosen.isStrided()) {
            throw new BadInput("--stride " + stride + " has no meaning under --protocol " + protocol);
        }
        if (startToken != null && chosen.start() == Protocol.Start.NOTHING) {
            throw new BadInput("--start-token " + startToken + " has no meaning under --protocol " + protocol);
        }
        return chosen;
    }

    /** Positions of the longest pass: windows are no longer than the longest length, and a document bounds both. */
    int longest(List<TokenizedDocument> documents) {
        int document = documents.stream().mapToInt(d -> d.ref().tokens()).max().orElse(1);
        return lengths.isEmpty() ? document : Math.min(document, Collections.max(lengths));
    }

    /** What an evaluator is asked for, for a model. */
    Setting setting(Protocol chosen, ModelConfig config) {
        Integer token = switch (chosen.start()) {
            case NOTHING -> null;
            case TOKEN_IF_ANY -> startToken(config);
            case TOKEN -> prefixToken(config);
        };
        return new Setting(lengths, stride, token);
    }

    /** Null for none. */
    private @Nullable Integer startToken(ModelConfig config) {
        if (startToken == null) {
            if (config.vocabulary().bosTokenId() == null) {
                config.vocabulary().requireUsable("bos_token_id", START_TOKEN_ADVICE);
            }
            return config.vocabulary().bosTokenId();
        }
        if (startToken.equals("none")) {
            return null;
        }
        int id;
        try {
            id = Integer.parseInt(startToken);
        } catch (NumberFormatException e) {
            throw new BadInput("--start-token '" + startToken + "' is neither a token id nor none", e);
        }
        if (id < 0 || id >= config.vocabularySize()) {
            throw new BadInput("--start-token " + id + " lies outside the vocabulary of " + config.vocabularySize());
        }
        return id;
    }

    private int prefixToken(ModelConfig config) {
        Integer token = startToken(config);
        if (token == null
                && startToken == null
                && !config.vocabulary().eosTokenIds().isEmpty()) {
            token = config.vocabulary().eosTokenIds().get(0);
        }
        if (token == null && startToken == null) {
            config.vocabulary().requireUsable("eos_token_id", START_TOKEN_ADVICE);
        }
        if (token == null) {
            throw new BadInput(
                    "--protocol " + protocol + " scores the first token too and needs one before it; config.json names"
                            + " none: give --start-token ID");
        }
        return token;
    }
}
