package qroar.workers.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.trial.DocumentRef;

/**
 * A document's token ids and the reference that stands for them.
 *
 * @param ref name, digest and number of the ids
 * @param tokens ids, the first included; copied
 */
public record TokenizedDocument(DocumentRef ref, int[] tokens) {
    private static final int MIN_TOKENS = 2;

    public TokenizedDocument {
        tokens = tokens.clone();
        if (tokens.length != ref.tokens()) {
            throw new IllegalArgumentException("document '" + ref.name() + "' has " + tokens.length
                    + " tokens; its reference says " + ref.tokens());
        }
    }

    /**
     * @param name for people, in messages and reports
     * @throws BadInput when there are fewer than two tokens: nothing could be predicted
     */
    public static TokenizedDocument of(String name, int[] tokens) {
        if (tokens.length < MIN_TOKENS) {
            throw new BadInput(name + ": " + tokens.length + (tokens.length == 1 ? " token" : " tokens") + "; at least "
                    + MIN_TOKENS + " are needed to predict one");
        }
        return new TokenizedDocument(new DocumentRef(name, digest(tokens), tokens.length), tokens);
    }

    /** SHA-256 (hex) over the ids as little-endian int32. */
    static String digest(int[] tokens) {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        MessageDigest digest = Sha256.begin();
        for (int token : tokens) {
            if (!bytes.hasRemaining()) {
                digest.update(bytes.flip());
                bytes.clear();
            }
            bytes.putInt(token);
        }
        digest.update(bytes.flip());
        return Sha256.hex(digest);
    }

    @Override
    public int[] tokens() {
        return tokens.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenizedDocument that && ref.equals(that.ref) && Arrays.equals(tokens, that.tokens);
    }

    @Override
    public int hashCode() {
        return ref.hashCode();
    }

    @Override
    public String toString() {
        return "TokenizedDocument[" + ref + "]";
    }
}
