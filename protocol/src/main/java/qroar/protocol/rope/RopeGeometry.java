package qroar.protocol.rope;

import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint says of its rotary embedding, before any scaling.
 *
 * @param headDim d, even and positive: d/2 RoPE pairs
 * @param theta base of the frequencies theta^(-2j/d)
 * @param maxPositions P, {@code max_position_embeddings}, in tokens
 * @param originalMaxPositions top-level {@code original_max_position_embeddings} (longrope checkpoints), or null
 */
public record RopeGeometry(
        int headDim,
        double theta,
        int maxPositions,
        @Nullable Integer originalMaxPositions) {
    public RopeGeometry {
        if (headDim < 2 || headDim % 2 != 0) {
            throw new IllegalArgumentException("head_dim " + headDim + " must be even and at least 2");
        }
        if (!(theta > 1) || Double.isInfinite(theta)) {
            throw new IllegalArgumentException("rope_theta " + theta + " must be finite and above 1");
        }
        if (maxPositions < 1) {
            throw new IllegalArgumentException("max_position_embeddings " + maxPositions + " must be at least 1");
        }
        if (originalMaxPositions != null && originalMaxPositions < 1) {
            throw new IllegalArgumentException(
                    "original_max_position_embeddings " + originalMaxPositions + " must be at least 1");
        }
    }

    public int pairCount() {
        return headDim / 2;
    }
}
