package qroar.workers.evaluation;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeState;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.PassPlan;
import qroar.workers.model.StateSink;
import qroar.workers.placement.ReadingPlan;

/** Forward passes over one model, RoPE scaling and band scales. Safe for several threads. */
final class Forwards {
    private final DecoderModel model;
    private final RopeScaling rope;
    private final @Nullable BandScales scales;
    private final ReadingPlan reading;
    private final @Nullable Supplier<? extends StateSink> sinks;
    private final LongAdder tokens = new LongAdder();
    private volatile PassWatch watch = PassWatch.NOBODY;

    /** @param sinks asked for one at each forward, for what the head reads; null where nobody wants it */
    Forwards(
            DecoderModel model,
            RopeScaling rope,
            @Nullable BandScales scales,
            ReadingPlan reading,
            @Nullable Supplier<? extends StateSink> sinks) {
        this.sinks = sinks;
        this.model = model;
        this.rope = rope;
        this.scales = scales;
        this.reading = reading;
    }

    /** Tells somebody from now on. */
    void tell(PassWatch somebody) {
        watch = somebody;
    }

    /** Losses in nats of all tokens of the run but its first; none of a run of one. */
    float[] losses(int[] document, int from, int to, RopeFrequencies frequencies) {
        if (to - from < 2) {
            return new float[0];
        }
        int[] input = Arrays.copyOfRange(document, from, to);
        PassPlan plan =
                new PassPlan(frequencies, scales, input.length, Probe.LOSSES, PassPlan.chunkTokens(model.device()));
        tokens.add(input.length);
        PassWatch watching = watch;
        watching.begin(input.length, plan.chunks() * model.config().layerCount());
        BooleanSupplier onBlock = () -> {
            watching.block();
            return false;
        };
        StateSink sink = sinks == null ? null : sinks.get();
        if (reading.order() == ReadingPlan.Order.LAYER) {
            return LayerwisePass.read(model, List.of(new LayerwisePass.Text(plan, input, 0, sink)), onBlock)
                    .get(0)
                    .nll();
        }
        try (DocumentPass pass = DocumentPass.open(model, plan, onBlock)) {
            return pass.advance(input, 0, input.length, sink);
        }
    }

    /** The rotary embedding of a model that has seen nothing yet. */
    RopeState freshState() {
        return new RopeState(model.config().geometry(), rope);
    }

    boolean dependOnLength() {
        return rope.lengthRule() != RopeScaling.LengthRule.FIXED;
    }

    /** Tokens that went through the model so far. */
    long tokens() {
        return tokens.sum();
    }

    /** The document behind exactly one such token. */
    static int[] after(int token, int[] document) {
        if (document[0] == token) {
            return document;
        }
        int[] begun = new int[document.length + 1];
        begun[0] = token;
        System.arraycopy(document, 0, begun, 1, document.length);
        return begun;
    }
}
