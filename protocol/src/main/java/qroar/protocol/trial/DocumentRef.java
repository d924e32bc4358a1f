package qroar.protocol.trial;

/**
 * A tokenized document, by what it is and not where it lies.
 *
 * @param name for people: the file's name
 * @param digest SHA-256 (hex) over its token ids as little-endian int32
 * @param tokens number of token ids, the first included
 */
public record DocumentRef(String name, String digest, int tokens) {
    public DocumentRef {
        if (tokens < 2) {
            throw new IllegalArgumentException(
                    "document '" + name + "' has " + tokens + " tokens; at least 2 are needed to predict one");
        }
    }
}
