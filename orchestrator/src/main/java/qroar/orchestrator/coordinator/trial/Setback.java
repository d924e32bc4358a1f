package qroar.orchestrator.coordinator.trial;

/**
 * Attempts that failed at one place of a trial since it was last passed. Failures are counted by place, so that a worker that
 * is lost costs its document an attempt, and other documents of the same trial, which others go on measuring, none.
 *
 * @param window first window that was missing when they failed
 * @param failures how many
 * @param worker who held the last of them
 */
public record Setback(int window, int failures, String worker) {}
