package qroar.protocol.trial;

/** What a worker streams while a trial runs, in the order of the plan's windows. */
public sealed interface Measurement
        permits ModelLoaded, WindowLoss, LayerActivations, ScaleGradient, TrialCost, Measurement.Pulse {
    /** "I am still here": sent while nothing is ready. It measures nothing and says nothing of progress. */
    record Pulse() implements Measurement {}
}
