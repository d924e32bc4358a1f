package qroar.orchestrator.coordinator.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.state.RunState.StudyLabel;
import qroar.orchestrator.persistent.Members;
import qroar.orchestrator.persistent.Sequence;
import qroar.orchestrator.persistent.Table;

/**
 * What the studies of a run asked for. Immutable.
 *
 * @param all by number
 * @param byLabel number of a request by study and label
 * @param openByTrial open requests of a trial
 */
record RequestTable(
        Sequence<RequestState> all, Table<StudyLabel, Integer> byLabel, Table<Integer, Members<Integer>> openByTrial) {
    static final RequestTable EMPTY = new RequestTable(Sequence.empty(), Table.empty(), Table.empty());

    /** @throws IllegalStateException when there is no such request */
    RequestState get(int number) {
        return all.get(RunState.known("request", number, all.size()));
    }

    /** Null for what is not planned. */
    @Nullable Integer number(int study, String label) {
        return byLabel.get(new StudyLabel(study, label));
    }

    /** Numbers of the open requests of a trial, in planning order. */
    List<Integer> openOf(int trial) {
        List<Integer> open = new ArrayList<>(openByTrial.getOrDefault(trial, Members.empty()));
        open.sort(null);
        return open;
    }

    /** Windows of a trial that its open requests want, counted from the first; 0 when none is open. */
    int wantedWindows(int trial) {
        int wanted = 0;
        for (int number : openByTrial.getOrDefault(trial, Members.empty())) {
            wanted = Math.max(wanted, get(number).windowLimit());
        }
        return wanted;
    }

    /** With a request more, which is open. */
    RequestTable plus(RequestState request) {
        return new RequestTable(
                all.plus(request),
                byLabel.plus(new StudyLabel(request.study(), request.label()), request.number()),
                opened(request));
    }

    /** With a request more that nobody makes any longer: it has a number, and is settled. */
    RequestTable dropped(RequestState request) {
        return new RequestTable(all.plus(request), byLabel, openByTrial);
    }

    /** With one request as given, which is open again. */
    RequestTable reopened(RequestState request) {
        return new RequestTable(all.with(request.number(), request), byLabel, opened(request));
    }

    private Table<Integer, Members<Integer>> opened(RequestState request) {
        return openByTrial.plus(
                request.trial(),
                openByTrial.getOrDefault(request.trial(), Members.empty()).plus(request.number()));
    }

    /** With one request as given, which is settled. */
    RequestTable settled(RequestState request) {
        Members<Integer> open =
                openByTrial.getOrDefault(request.trial(), Members.empty()).minus(request.number());
        return new RequestTable(
                all.with(request.number(), request),
                byLabel,
                open.isEmpty() ? openByTrial.minus(request.trial()) : openByTrial.plus(request.trial(), open));
    }
}
