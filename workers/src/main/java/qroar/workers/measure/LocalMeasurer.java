package qroar.workers.measure;

import qroar.protocol.trial.TrialSpec;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/** Measures trials with models of this process. Thread-safe. */
public final class LocalMeasurer implements TrialMeasurer {
    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel> shelf;
    private final PassOpening opening;

    public LocalMeasurer(LocalCatalog catalog, ModelShelf<DecoderModel> shelf) {
        this(catalog, shelf, DocumentPass::open);
    }

    LocalMeasurer(LocalCatalog catalog, ModelShelf<DecoderModel> shelf, PassOpening opening) {
        this.opening = opening;
        this.catalog = catalog;
        this.shelf = shelf;
    }

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        catalog.requireAll(spec);
        ModelShelf<DecoderModel>.Loan loan = shelf.lend(ModelKey.of(spec));
        try {
            return new DocumentsCursor(catalog, loan, spec, firstWindow, cancellation, opening);
        } catch (RuntimeException e) {
            loan.close();
            throw e;
        }
    }
}
