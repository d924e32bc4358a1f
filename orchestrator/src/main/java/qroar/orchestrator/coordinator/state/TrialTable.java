package qroar.orchestrator.coordinator.state;

import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.orchestrator.persistent.Members;
import qroar.orchestrator.persistent.Sequence;
import qroar.orchestrator.persistent.Table;
import qroar.protocol.trial.TrialKey;

/**
 * The trials of a run. Immutable.
 *
 * @param all by number
 * @param byKey number of the trial with a content key
 * @param queued those that wait for a worker
 * @param leased those under way
 */
record TrialTable(
        Sequence<TrialState> all, Table<TrialKey, Integer> byKey, Members<Integer> queued, Members<Integer> leased) {
    static final TrialTable EMPTY = new TrialTable(Sequence.empty(), Table.empty(), Members.empty(), Members.empty());

    /** @throws IllegalStateException when there is no such trial */
    TrialState get(int number) {
        return all.get(RunState.known("trial", number, all.size()));
    }

    /** With a trial more, which waits for a worker. */
    TrialTable plus(TrialState trial) {
        return new TrialTable(
                all.plus(trial), byKey.plus(trial.key(), trial.number()), queued.plus(trial.number()), leased);
    }

    /** With a trial more that nobody asks for. */
    TrialTable unasked(TrialState trial) {
        return new TrialTable(all.plus(trial), byKey, queued, leased);
    }

    /** With one of these as somebody asks for it. */
    TrialTable found(TrialState trial) {
        return new TrialTable(all, byKey.plus(trial.key(), trial.number()), queued, leased).with(trial);
    }

    /** With one trial as given. */
    TrialTable with(TrialState trial) {
        return new TrialTable(
                all.with(trial.number(), trial),
                byKey,
                membership(queued, trial.number(), trial.status() == Status.QUEUED),
                membership(leased, trial.number(), trial.status() == Status.LEASED));
    }

    private static Members<Integer> membership(Members<Integer> set, int number, boolean member) {
        if (set.contains(number) == member) {
            return set;
        }
        return member ? set.plus(number) : set.minus(number);
    }
}
