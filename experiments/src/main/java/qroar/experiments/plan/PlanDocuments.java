package qroar.experiments.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.definition.HeldOutChoice;
import qroar.experiments.trial.Evidence;
import qroar.protocol.BadInput;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.KeyTokenRule;

/**
 * The evaluation plans that all studies of a run share, after the documents were checked against the lengths and each
 * other.
 *
 * @param trainedWindow in tokens, the experiment's override applied
 * @param notes what was adapted
 */
record PlanDocuments(
        EvaluationPlan searchPlan,
        EvaluationPlan heldOutPlan,
        EvaluationPlan shortPlan,
        List<DocumentRef> calibration,
        int trainedWindow,
        List<String> notes) {
    PlanDocuments {
        calibration = List.copyOf(calibration);
        notes = List.copyOf(notes);
    }

    static PlanDocuments of(
            ExperimentDefinition definition,
            int trainedWindow,
            List<DocumentRef> search,
            List<DocumentRef> heldOut,
            List<DocumentRef> calibration) {
        refuseRepetition("search", search);
        refuseRepetition("held-out", heldOut);
        refuseOverlap("search", search, heldOut);
        refuseOverlap("calibration", calibration, heldOut);
        List<Integer> lengths = definition.lengths();
        checkLengths("search", search, "lengths", lengths);
        HeldOutChoice choice = definition.heldOut();
        List<Integer> chosen = choice.choosesLengths() ? choice.lengths() : lengths;
        checkLengths("held-out", heldOut, choice.choosesLengths() ? "held-out.lengths" : "lengths", chosen);
        List<String> notes = new ArrayList<>();
        noteShortDocuments("search", search, lengths, notes);
        noteShortDocuments("held-out", heldOut, chosen, notes);
        List<Integer> measured =
                choice.choosesLengths() ? chosen : withTrainedWindow(lengths, trainedWindow, heldOut, notes);
        checkReach(choice.evidence(), heldOut, measured.get(measured.size() - 1));
        int window = definition.windowTokens();
        return new PlanDocuments(
                new EvaluationPlan(search, lengths, window),
                new EvaluationPlan(heldOut, measured, window),
                new EvaluationPlan(search, List.of(shortLength(search, trainedWindow, notes)), window),
                calibration,
                trainedWindow,
                notes);
    }

    private static void refuseRepetition(String set, List<DocumentRef> documents) {
        Map<String, String> names = new HashMap<>();
        for (DocumentRef document : documents) {
            String before = names.put(document.digest(), document.name());
            if (before != null) {
                throw new BadInput("key 'documents." + set + "': '" + document.name() + "' has the same tokens as '"
                        + before + "'; it would count twice");
            }
        }
    }

    private static void refuseOverlap(String set, List<DocumentRef> seen, List<DocumentRef> heldOut) {
        Map<String, String> names = new HashMap<>();
        seen.forEach(document -> names.put(document.digest(), document.name()));
        for (DocumentRef document : heldOut) {
            String same = names.get(document.digest());
            if (same != null) {
                throw new BadInput("key 'documents.held-out': '" + document.name() + "' has the same tokens as the "
                        + set + " document '" + same + "'; held-out documents must be unseen");
            }
        }
    }

    /** @param key of the lengths */
    private static void checkLengths(String set, List<DocumentRef> documents, String key, List<Integer> lengths) {
        if (documents.isEmpty()) {
            throw new BadInput("key 'documents." + set + "' names no document");
        }
        int shortest = lengths.get(0);
        for (DocumentRef document : documents) {
            if (document.tokens() < shortest) {
                throw new BadInput("key 'documents." + set + "': '" + document.name() + "' has " + document.tokens()
                        + " tokens, fewer than the shortest length " + shortest);
            }
        }
        int longestDocument = longest(documents);
        for (int i = 1; i < lengths.size(); i++) {
            if (longestDocument <= lengths.get(i - 1)) {
                throw new BadInput("key '" + key + "': no " + set + " document has a token between positions "
                        + lengths.get(i - 1) + " and " + lengths.get(i) + " (the longest has " + longestDocument
                        + " tokens), so length " + lengths.get(i) + " would measure nothing of its own");
            }
        }
    }

    private static void checkReach(Evidence evidence, List<DocumentRef> heldOut, int longestLength) {
        KeyTokenRule rule = evidence.keyTokens();
        int read = Math.min(longest(heldOut), longestLength);
        if (rule != null && read <= rule.context()) {
            throw new BadInput("key 'held-out.long-ppl': held-out documents are read up to " + read
                    + " tokens, and no token has more than " + rule.context()
                    + " before it (held-out.long-ppl.context); read further or give a shorter context");
        }
    }

    private static int longest(Collection<DocumentRef> documents) {
        return documents.stream().mapToInt(DocumentRef::tokens).max().orElse(0);
    }

    private static void noteShortDocuments(
            String set, List<DocumentRef> documents, List<Integer> lengths, List<String> notes) {
        for (int length : lengths) {
            long shorter = documents.stream().filter(d -> d.tokens() < length).count();
            if (shorter > 0) {
                notes.add(shorter + " of " + documents.size() + " " + set + " documents are shorter than length "
                        + length + " and count there with the tokens they have");
            }
        }
    }

    /** Short context, inside the trained window, is part of every report: was it preserved? */
    private static List<Integer> withTrainedWindow(
            List<Integer> lengths, int trainedWindow, List<DocumentRef> heldOut, List<String> notes) {
        TreeSet<Integer> all = new TreeSet<>(lengths);
        if (all.contains(trainedWindow)) {
            return lengths;
        }
        if (longest(heldOut) < trainedWindow) {
            notes.add("no held-out document reaches the trained window of " + trainedWindow
                    + " tokens, so short context is reported at the given lengths only");
            return lengths;
        }
        all.add(trainedWindow);
        return List.copyOf(all);
    }

    private static int shortLength(List<DocumentRef> search, int trainedWindow, List<String> notes) {
        int shortest = search.stream().mapToInt(DocumentRef::tokens).min().orElseThrow();
        if (shortest < trainedWindow) {
            notes.add("the reference distribution of the tail inflation ratio is measured on " + shortest
                    + " tokens of each search document, because one has fewer than the trained window of "
                    + trainedWindow);
        }
        return Math.min(shortest, trainedWindow);
    }
}
