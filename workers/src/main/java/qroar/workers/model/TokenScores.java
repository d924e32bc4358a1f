package qroar.workers.model;

/** What was found of consecutive tokens: their losses, and which of them were as likely as any token. */
public final class TokenScores {
    private final int firstPosition;
    private final float[] nllNats;
    private final boolean[] likeliest;

    TokenScores(int firstPosition, int count) {
        this.firstPosition = firstPosition;
        nllNats = new float[count];
        likeliest = new boolean[count];
    }

    void add(int position, float[] nll, float[] hits) {
        for (int i = 0; i < nll.length; i++) {
            nllNats[position - firstPosition + i] = nll[i];
            likeliest[position - firstPosition + i] = hits[i] > 0;
        }
    }

    /** Whether a position is among them. */
    public boolean holds(int position) {
        return position >= firstPosition && position - firstPosition < nllNats.length;
    }

    /** Negative log-likelihood of the token at a position. */
    public float nllNats(int position) {
        return nllNats[position - firstPosition];
    }

    /** Whether no token was likelier than the one at a position; false where its likelihood is not a number. */
    public boolean isLikeliest(int position) {
        return likeliest[position - firstPosition];
    }
}
