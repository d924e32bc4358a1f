package qroar.experiments.stopping;

/** Every candidate is evaluated to the end. */
record NoStopping() implements StoppingRule {
    @Override
    public Verdict judge(Race race, double[] nllPrefix) {
        return Verdict.UNDECIDED;
    }
}
