package qroar.orchestrator.app.measurement;

import java.util.List;
import java.util.TreeSet;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.app.model.LoadedModel;
import qroar.orchestrator.app.model.TextSource;
import qroar.protocol.trial.DocumentRef;
import qroar.workers.evaluation.Evaluation;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.evaluation.Perplexity;
import qroar.workers.evaluation.Protocol;
import qroar.workers.text.TokenizedDocument;

/** Perplexity of one model on some documents. */
public final class PerplexityMeasurement {
    private PerplexityMeasurement() {}

    /**
     * What was measured.
     *
     * @param perplexities of every length, pooled over the documents
     * @param tokenNll nats of each predicted token in document order, of the longest length
     */
    public record Result(
            Protocol protocol, List<DocumentRef> documents, List<Perplexity> perplexities, double[] tokenNll) {}

    /**
     * Reads, loads and measures; what is wrong with the documents is said before the model is loaded.
     *
     * @throws qroar.protocol.BadInput in one line
     */
    public static Result of(PerplexitySettings settings, ChosenModel model, ChosenScales scales, TextSource texts) {
        Protocol chosen = settings.knownProtocol();
        try (DocumentReader reader = new DocumentReader(model.checkpoint())) {
            List<TokenizedDocument> documents = texts.read(reader);
            Evaluator.checkLengths(chosen, documents, settings.lengths());
            noteShortDocuments(chosen, documents, settings.lengths());
            try (LoadedModel loaded = model.load(reader, settings.longest(documents), scales)) {
                Evaluator evaluator = new Evaluator(loaded.model(), model.rope(), scales.scales(), loaded.reading())
                        .watchedBy(PassProgress.told(chosen == Protocol.NESTED ? documents.size() : 0));
                List<Evaluation> evaluations =
                        evaluator.evaluate(chosen, documents, settings.setting(chosen, evaluator.config()));
                double[] tokenNll = evaluations.get(evaluations.size() - 1).tokenNll();
                model.noteNonFinite(loaded.model(), tokenNll, "losses");
                List<Perplexity> perplexities = evaluations.stream()
                        .flatMap(evaluation -> evaluation.perplexities().stream())
                        .toList();
                return new Result(chosen, DocumentReader.refs(documents), perplexities, tokenNll);
            }
        }
    }

    private static void noteShortDocuments(Protocol chosen, List<TokenizedDocument> documents, List<Integer> lengths) {
        for (int length : chosen.takesShortDocuments() ? new TreeSet<>(lengths) : new TreeSet<Integer>()) {
            long shorter = documents.stream()
                    .filter(each -> each.ref().tokens() < length)
                    .count();
            if (shorter > 0) {
                System.err.println(
                        "qroar: " + shorter + " of " + documents.size() + " documents are shorter than length " + length
                                + "; each is one window of the tokens that it has");
            }
        }
    }
}
