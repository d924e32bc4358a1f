package qroar.workers.needle;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question as a model reads it.
 *
 * @param cell length and depth that were asked for
 * @param sample its number in the cell, from 0
 * @param text all that stands before the answer, RULER's {@code input} and {@code answer_prefix}
 * @param answer what is scored behind it, with the space that parts them
 * @param references see {@link qroar.protocol.needle.NeedleDraft}
 * @param context token ids of the text as the model reads them; copied on the way in and out
 * @param continuation token ids of the answer, split from the context where the context alone ends; copied likewise
 * @param size how it was filled
 */
public record NeedlePrompt(
        NeedlePlan.Cell cell,
        int sample,
        String text,
        String answer,
        List<String> references,
        int[] context,
        int[] continuation,
        Size size) {
    public NeedlePrompt {
        references = List.copyOf(references);
        context = context.clone();
        continuation = continuation.clone();
    }

    /**
     * How a prompt was filled.
     *
     * @param lengthTokens tokens of the text without special ones, and those that may be generated: RULER's {@code length}
     * @param generatedTokens how many may be
     * @param haystackUnits lines or words of haystack
     * @param sentences lines or sentences that these are
     * @param places lines or sentences before each needle
     */
    public record Size(int lengthTokens, int generatedTokens, int haystackUnits, int sentences, List<Integer> places) {
        public Size {
            places = List.copyOf(places);
        }
    }

    @Override
    public int[] context() {
        return context.clone();
    }

    @Override
    public int[] continuation() {
        return continuation.clone();
    }

    /** Context and answer. */
    public int[] tokens() {
        int[] all = Arrays.copyOf(context, context.length + continuation.length);
        System.arraycopy(continuation, 0, all, context.length, continuation.length);
        return all;
    }

    /** Tokens of the longest pass over it. */
    public int positions() {
        return context.length + Math.max(continuation.length, size.generatedTokens());
    }

    /** Depth asked for, in per cent; null where it was drawn. */
    public @Nullable Double depthPercent() {
        return cell.depthPercent();
    }
}
