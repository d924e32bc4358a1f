package qroar.protocol.trial;

import java.util.List;

/**
 * A context with one or several continuations whose tokens are scored after it, by what they are and not where they lie: a
 * question with its choices, a haystack with the answer that is sought in it.
 *
 * @param digest SHA-256 (hex) over all token ids and where contexts end
 * @param sharedTokens tokens that all continuations' prompts begin with and that are read once; fewer than any of them has
 * @param continuations at least one
 */
public record ItemRef(String digest, int sharedTokens, List<Continuation> continuations) {
    /**
     * What is scored of a prompt, which ends with it.
     *
     * @param fromToken position of the first scored token, so the length of the context; at least 1
     * @param toToken position after the last
     */
    public record Continuation(int fromToken, int toToken) {
        public Continuation {
            if (fromToken < 1 || toToken <= fromToken) {
                throw new IllegalArgumentException("a continuation from token " + fromToken + " to " + toToken
                        + "; it needs a context and a token of its own");
            }
        }
    }

    public ItemRef {
        continuations = List.copyOf(continuations);
        if (continuations.isEmpty()) {
            throw new IllegalArgumentException("an item needs a continuation");
        }
        for (Continuation continuation : continuations) {
            if (sharedTokens < 0 || sharedTokens >= continuation.toToken()) {
                throw new IllegalArgumentException(
                        sharedTokens + " shared tokens of a prompt of " + continuation.toToken());
            }
        }
    }

    /** Tokens of the longest prompt. */
    public int longest() {
        return continuations.stream().mapToInt(Continuation::toToken).max().orElseThrow();
    }

    /** Tokens that go through the model: the shared ones once, then the rest of each prompt. */
    public long forwardTokens() {
        return sharedTokens
                + continuations.stream()
                        .mapToLong(continuation -> continuation.toToken() - sharedTokens)
                        .sum();
    }
}
