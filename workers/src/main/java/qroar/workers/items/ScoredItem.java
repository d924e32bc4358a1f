package qroar.workers.items;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import qroar.protocol.Sha256;
import qroar.protocol.trial.ItemRef;

/**
 * Prompts that are scored together, each a context and a continuation. Immutable; equality is by tokens.
 */
public final class ScoredItem {
    private final List<Prompt> prompts;
    private final ItemRef ref;

    private ScoredItem(List<Prompt> prompts) {
        this.prompts = List.copyOf(prompts);
        this.ref = new ItemRef(
                digest(prompts),
                sharedTokens(prompts),
                prompts.stream()
                        .map(prompt -> new ItemRef.Continuation(prompt.contextTokens(), prompt.length()))
                        .toList());
    }

    /** Tokens of which the first so many are context, and the others are scored. Immutable. */
    public static final class Prompt {
        private final int[] tokens;
        private final int contextTokens;

        /** @throws IllegalArgumentException without a context, or without a token behind it */
        public Prompt(int[] tokens, int contextTokens) {
            if (contextTokens < 1 || contextTokens >= tokens.length) {
                throw new IllegalArgumentException("a context of " + contextTokens + " of " + tokens.length
                        + " tokens; both it and what is scored need at least one");
            }
            this.tokens = tokens.clone();
            this.contextTokens = contextTokens;
        }

        /** Tokens of context and continuation. */
        public int length() {
            return tokens.length;
        }

        public int contextTokens() {
            return contextTokens;
        }

        /** A copy of the first ones. */
        public int[] context() {
            return Arrays.copyOf(tokens, contextTokens);
        }

        /** A copy of the scored ones. */
        public int[] continuation() {
            return Arrays.copyOfRange(tokens, contextTokens, tokens.length);
        }

        /** A copy of all of them. */
        public int[] whole() {
            return tokens.clone();
        }

        /** Not to be modified. */
        int[] tokens() {
            return tokens;
        }
    }

    /** @throws IllegalArgumentException without a prompt */
    public static ScoredItem of(List<Prompt> prompts) {
        return new ScoredItem(prompts);
    }

    /** Continuations of one context. */
    public static ScoredItem of(int[] context, List<int[]> continuations) {
        List<Prompt> prompts = new ArrayList<>();
        for (int[] continuation : continuations) {
            int[] whole = Arrays.copyOf(context, context.length + continuation.length);
            System.arraycopy(continuation, 0, whole, context.length, continuation.length);
            prompts.add(new Prompt(whole, context.length));
        }
        return new ScoredItem(prompts);
    }

    public List<Prompt> prompts() {
        return prompts;
    }

    /** What it is, for those who need not have its tokens. */
    public ItemRef ref() {
        return ref;
    }

    /** Tokens that all prompts begin with, never the last of any: each prompt has one left to read. */
    private static int sharedTokens(List<Prompt> prompts) {
        int shared = prompts.isEmpty() ? 0 : prompts.get(0).length() - 1;
        for (Prompt prompt : prompts) {
            int differs = Arrays.mismatch(prompts.get(0).tokens, prompt.tokens);
            shared = Math.min(shared, differs < 0 ? shared : differs);
            shared = Math.min(shared, prompt.length() - 1);
        }
        return shared;
    }

    /** SHA-256 over length, context and ids of each prompt as little-endian int32. */
    private static String digest(List<Prompt> prompts) {
        MessageDigest digest = Sha256.begin();
        for (Prompt prompt : prompts) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(Integer.BYTES * (2 + prompt.length())).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(prompt.length()).putInt(prompt.contextTokens());
            for (int token : prompt.tokens) {
                bytes.putInt(token);
            }
            digest.update(bytes.flip());
        }
        return Sha256.hex(digest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ScoredItem that && ref.equals(that.ref);
    }

    @Override
    public int hashCode() {
        return ref.hashCode();
    }

    @Override
    public String toString() {
        return "ScoredItem[" + ref + "]";
    }
}
