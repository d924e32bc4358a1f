package qroar.workers.gguf;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScaling.LengthRule;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.rope.YarnScaling;

/**
 * A RoPE scaling in a GGUF file: keys where llama.cpp has them, else a divisor for each pair in {@code rope_freqs.weight}.
 *
 * @param keys without the architecture before them
 * @param divisors null where the keys say it all
 * @param attention what q and k each have to be multiplied by besides
 */
@SuppressWarnings("ArrayRecordComponent")
public record GgufRope(Map<String, Object> keys, float @Nullable [] divisors, double attention) {
    /**
     * @param takesDivisors whether llama.cpp reads them for the architecture
     * @throws BadInput when a file cannot say it
     */
    public static GgufRope of(RopeScaling scaling, RopeGeometry geometry, boolean takesDivisors) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("rope.freq_base", (float) scaling.configTheta(geometry));
        keys.put("context_length", positions(scaling, geometry));
        if (scaling instanceof NoScaling || scaling.configKeys().isEmpty()) {
            return new GgufRope(keys, null, 1);
        }
        if (scaling instanceof LinearScaling linear) {
            keys.put("rope.scaling.type", "linear");
            keys.put("rope.scaling.factor", (float) linear.factor());
            return new GgufRope(keys, null, 1);
        }
        if (scaling.portable(geometry) instanceof YarnScaling yarn && isUsual(yarn)) {
            keys.put("rope.scaling.type", "yarn");
            keys.put("rope.scaling.factor", (float) yarn.factor());
            keys.put("rope.scaling.original_context_length", yarn.originalMaxPositions());
            return new GgufRope(keys, null, scaling.attentionBeside(geometry));
        }
        return divided(scaling, geometry, takesDivisors, keys);
    }

    /** llama.cpp takes others by flags only. */
    private static boolean isUsual(YarnScaling yarn) {
        return yarn.betaFast() == YarnScaling.DEFAULT_BETA_FAST
                && yarn.betaSlow() == YarnScaling.DEFAULT_BETA_SLOW
                && yarn.truncate();
    }

    private static GgufRope divided(
            RopeScaling scaling, RopeGeometry geometry, boolean takesDivisors, Map<String, Object> keys) {
        boolean oneList =
                scaling instanceof LongRopeScaling lists && Arrays.equals(lists.shortFactor(), lists.longFactor());
        if (scaling.lengthRule() != LengthRule.FIXED && !oneList) {
            throw new BadInput("--format gguf: " + RopeScalingSpec.format(scaling)
                    + " has other frequencies for other lengths, which a file cannot say");
        }
        if (!takesDivisors) {
            throw new BadInput("--format gguf: " + RopeScalingSpec.format(scaling)
                    + " needs rope_freqs.weight, which llama.cpp reads for the architecture llama only");
        }
        double[] plain = InverseFrequencies.of(geometry, new NoScaling(), InverseFrequencies.AT_CONSTRUCTION)
                .invFreq();
        RopeFrequencies scaled = InverseFrequencies.of(geometry, scaling, InverseFrequencies.AT_CONSTRUCTION);
        float[] divisors = new float[plain.length];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = (float) (plain[i] / scaled.invFreq()[i]);
        }
        return new GgufRope(keys, divisors, scaled.attentionScaling());
    }

    private static int positions(RopeScaling scaling, RopeGeometry geometry) {
        Long raised = scaling.portable(geometry).configMaxPositions();
        return raised == null ? geometry.maxPositions() : Math.toIntExact(raised);
    }
}
