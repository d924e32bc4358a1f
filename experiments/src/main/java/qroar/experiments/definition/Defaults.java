package qroar.experiments.definition;

import java.util.List;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.calibration.BlockChoice;

/** What a key means when it is left out, and why. {@code docs/experiment-file.md} repeats the values. */
final class Defaults {
    /** The upper end of what Q-ROAR recommends (6 to 8); the planner lowers it to the number of RoPE pairs. */
    static final List<Integer> BANDS = List.of(8);

    /** The middle of Q-ROAR's 5 to 9; odd, so that 1 is the centre. */
    static final List<Integer> GRID = List.of(7);

    /** The mode that acts under weight-only quantization; symmetric needs a quantized key cache to change anything. */
    static final List<ScaleMode> MODE = List.of(ScaleMode.SHARED);

    /** Far fewer than the 128 x 2048 of the AWQ and GPTQ papers: a laptop does it in seconds. */
    static final int CALIBRATION_SEQUENCES = 16;

    /** AWQ's clip search wants at least 512 tokens. */
    static final int CALIBRATION_LENGTH_TOKENS = 512;

    /** A quantizer should see of every text what others show it: the first blocks of the first texts are one kind of text. */
    static final BlockChoice CALIBRATION_BLOCKS = BlockChoice.SPREAD;

    /** What a run's own file means that was written before there was a choice. */
    static final BlockChoice RECORDED_CALIBRATION_BLOCKS = BlockChoice.CONSECUTIVE;

    static final Strategy STRATEGY = Strategy.PARABOLIC;

    /** A long document's worth of diagnostics is measured anyway; the gradient is one trial more. */
    static final SearchSettings.Start START = SearchSettings.Start.DIAGNOSTICS;

    /** As searches began before there was a choice: runs of then keep their identity, as the key is left out of it. */
    static final SearchChoice.Begin BEGIN = SearchChoice.Begin.ONES;

    /** A twentieth of a percent of the objective: smaller gains are not worth a longer search. */
    static final double MIN_GAIN = 0.0005;

    static final int MAX_PASSES = 2;

    static final int SCREEN_DOCUMENTS = 1;

    /**
     * {@code widest} is ln 1.25: scales from 0.8 to 1.25. {@code narrowest} is ln 1.16: the best scale of the demo's
     * fastest band, under an independent search, must stay within reach although its interpolation pressure is the
     * highest. A tail twice as heavy moves a window down by a quarter of ln 2.
     */
    static final SearchWindowSettings WINDOW = new SearchWindowSettings(0.2231, 0.1484, 0.25, 0.999, 0.5, 2.0);

    static final StoppingSettings STOPPING = new StoppingSettings(StoppingRule.Rule.CONFIDENCE_SEQUENCE, 0.05);

    private Defaults() {}
}
