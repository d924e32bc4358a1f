package qroar.experiments.stopping;

/** Every candidate is evaluated to the end. */
record NoStopping() implements StoppingRule {
    static final StoppingForm FORM = new StoppingForm(
            NoStopping.class,
            "none",
            "never",
            "every candidate is evaluated in full",
            StoppingForm.Guarantee.NONE,
            alpha -> new NoStopping());

    @Override
    public Verdict judge(Race race, double[] nllPrefix) {
        return Verdict.UNDECIDED;
    }
}
