package qroar.orchestrator.coordinator.state;

/**
 * What goes wrong in a schedule, as probabilities of each step; {@code split} is that of documents being offered of a trial
 * that is under way.
 */
public record Faults(double death, double restart, double cacheHit, double repeat, double split) {
    static final String POISON = "poisonous";

    static Faults drawn(java.util.Random random) {
        return new Faults(
                random.nextBoolean() ? 0 : 0.02 * random.nextDouble(),
                random.nextBoolean() ? 0 : 0.004 * random.nextDouble(),
                random.nextBoolean() ? 0 : 0.01 * random.nextDouble(),
                random.nextBoolean() ? 0 : 0.2 * random.nextDouble(),
                random.nextInt(4) == 0 ? 0 : random.nextDouble());
    }
}
