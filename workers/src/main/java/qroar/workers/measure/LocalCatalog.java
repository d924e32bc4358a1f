package qroar.workers.measure;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.ItemRef;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.items.ScoredItem;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.worker.NotHere;

/**
 * What this machine has, by digest: trials name content, not places. Immutable.
 *
 * @param checkpoints by digest
 * @param documents by digest
 * @param items to be scored, by digest
 */
public record LocalCatalog(
        Map<String, Checkpoint> checkpoints, Map<String, TokenizedDocument> documents, Map<String, ScoredItem> items) {
    public LocalCatalog {
        checkpoints = Map.copyOf(checkpoints);
        documents = Map.copyOf(documents);
        items = Map.copyOf(items);
    }

    /** Without items. */
    public LocalCatalog(Map<String, Checkpoint> checkpoints, Map<String, TokenizedDocument> documents) {
        this(checkpoints, documents, Map.of());
    }

    public static LocalCatalog of(String checkpointDigest, Checkpoint checkpoint, List<TokenizedDocument> documents) {
        return new LocalCatalog(
                Map.of(checkpointDigest, checkpoint),
                documents.stream().collect(Collectors.toMap(d -> d.ref().digest(), d -> d, (a, b) -> a)));
    }

    /** @throws NotHere when this machine does not have it */
    public Checkpoint checkpoint(String digest) {
        Checkpoint checkpoint = checkpoints.get(digest);
        if (checkpoint == null) {
            throw new NotHere("this machine has no checkpoint with digest " + digest);
        }
        return checkpoint;
    }

    /** The token sequences that a calibration names; none where it names none. */
    public int[][] sequences(Calibration calibration) {
        return calibration.documents().isEmpty()
                ? new int[0][]
                : CalibrationTokens.cut(
                        calibration.documents().stream()
                                .map(ref -> document(ref).tokens())
                                .toList(),
                        calibration.blocks());
    }

    /** @throws NotHere naming the first thing that a trial needs and this machine does not have */
    void requireAll(TrialSpec spec) {
        checkpoint(spec.checkpointDigest());
        if (spec.plan().scoresItems()) {
            spec.plan().items().forEach(this::item);
        } else {
            spec.plan().documents().forEach(this::document);
        }
        Reference reference = spec.reference();
        if (reference != null) {
            checkpoint(reference.checkpointDigest());
        }
        if (spec.quantization().weights().isCalibrated()) {
            spec.calibration().documents().forEach(this::document);
        }
    }

    ScoredItem item(ItemRef ref) {
        ScoredItem item = items.get(ref.digest());
        if (item == null) {
            throw new NotHere("this machine has no task item with digest " + ref.digest()
                    + "; a worker has those of the experiment that it is started with (--experiment)");
        }
        return item;
    }

    TokenizedDocument document(DocumentRef ref) {
        TokenizedDocument document = documents.get(ref.digest());
        if (document == null) {
            throw new NotHere("this machine has no document '" + ref.name() + "' with digest " + ref.digest());
        }
        return document;
    }
}
