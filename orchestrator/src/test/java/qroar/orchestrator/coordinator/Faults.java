package qroar.orchestrator.coordinator;

/** What goes wrong in a schedule, as probabilities of each step. */
record Faults(double death, double restart, double cacheHit, double repeat) {
    static final String POISON = "poisonous";

    static Faults drawn(java.util.Random random) {
        return new Faults(
                random.nextBoolean() ? 0 : 0.02 * random.nextDouble(),
                random.nextBoolean() ? 0 : 0.004 * random.nextDouble(),
                random.nextBoolean() ? 0 : 0.01 * random.nextDouble(),
                random.nextBoolean() ? 0 : 0.2 * random.nextDouble());
    }
}
