package qroar.protocol.rope;

import java.util.Arrays;

/**
 * The rotary frequencies of one forward pass.
 *
 * @param invFreq radians per token, one per RoPE pair, highest first; copied on the way in and out
 * @param attentionScaling factor of both cos and sin (YaRN section 3.4); q.k is multiplied by its square
 */
public record RopeFrequencies(double[] invFreq, double attentionScaling) {
    public RopeFrequencies {
        invFreq = invFreq.clone();
    }

    @Override
    public double[] invFreq() {
        return invFreq.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RopeFrequencies that
                && attentionScaling == that.attentionScaling
                && Arrays.equals(invFreq, that.invFreq);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(invFreq) + Double.hashCode(attentionScaling);
    }

    @Override
    public String toString() {
        return Arrays.toString(invFreq) + " x" + attentionScaling;
    }
}
