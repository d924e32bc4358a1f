package qroar.protocol.rope;

/**
 * The rotary embedding of one model over a series of forward passes. Only dynamic NTK remembers: its frequencies are
 * computed anew when a pass is longer than the longest one so far, kept for shorter passes, and go back to those of the
 * trained window P only when a pass is strictly shorter than P after such growth. Longrope chooses its list afresh for
 * every pass, and the others never change.
 *
 * <p>Mutable and not safe for use by several threads: one per model and run of passes.
 */
public final class RopeState {
    private final RopeGeometry geometry;
    private final RopeScaling scaling;
    private int longestTokens;
    private RopeFrequencies current;

    public RopeState(RopeGeometry geometry, RopeScaling scaling) {
        this.geometry = geometry;
        this.scaling = scaling;
        this.longestTokens = geometry.maxPositions();
        this.current = InverseFrequencies.of(geometry, scaling, InverseFrequencies.AT_CONSTRUCTION);
    }

    /**
     * Frequencies of the next pass.
     *
     * @param sequenceLength largest position of the pass plus one, at least 1: with a carried cache, all tokens so far
     */
    public RopeFrequencies next(int sequenceLength) {
        if (sequenceLength < 1) {
            throw new IllegalArgumentException("a pass over " + sequenceLength + " tokens; at least 1 is needed");
        }
        current = switch (scaling.lengthRule()) {
            case FIXED -> current;
            case PER_PASS -> InverseFrequencies.of(geometry, scaling, sequenceLength);
            case GROWING -> grown(sequenceLength);
        };
        return current;
    }

    private RopeFrequencies grown(int sequenceLength) {
        int trained = geometry.maxPositions();
        if (sequenceLength > longestTokens) {
            longestTokens = sequenceLength;
            return InverseFrequencies.of(geometry, scaling, sequenceLength);
        }
        if (sequenceLength < trained && longestTokens > trained) {
            longestTokens = trained;
            return InverseFrequencies.of(geometry, scaling, InverseFrequencies.AT_CONSTRUCTION);
        }
        return current;
    }
}
