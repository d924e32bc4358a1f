package qroar.workers.tasks;

/**
 * How likely one choice is.
 *
 * @param context token ids before it, as the model read them; copied on the way in and out
 * @param continuation token ids that are scored; copied on the way in and out
 * @param logLikelihood sum over the continuation of ln p(token | everything before), nats
 * @param bytes UTF-8 length of the answer
 */
public record ChoiceScore(int[] context, int[] continuation, double logLikelihood, int bytes) {
    public ChoiceScore {
        context = context.clone();
        continuation = continuation.clone();
    }

    @Override
    public int[] context() {
        return context.clone();
    }

    @Override
    public int[] continuation() {
        return continuation.clone();
    }

    /** Nats per byte of the answer. */
    double perByte() {
        return logLikelihood / bytes;
    }
}
