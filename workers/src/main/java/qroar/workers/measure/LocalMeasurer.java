package qroar.workers.measure;

import org.jspecify.annotations.Nullable;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.divergence.BesideReference;
import qroar.workers.divergence.KeptStates;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.placement.Placement;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.placement.Residence;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/** Measures trials with models of this process. Thread-safe. */
public final class LocalMeasurer implements TrialMeasurer {
    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel> shelf;
    private final PassOpening opening;
    private final ReadingPlan reading;
    private final KeptStates kept = KeptStates.inCache();

    public LocalMeasurer(LocalCatalog catalog, ModelShelf<DecoderModel> shelf) {
        this(catalog, shelf, ReadingPlan.BY_DOCUMENT);
    }

    /** The same in an order of one's own. */
    public LocalMeasurer(LocalCatalog catalog, ModelShelf<DecoderModel> shelf, ReadingPlan reading) {
        this(catalog, shelf, DocumentPass::open, reading);
    }

    LocalMeasurer(LocalCatalog catalog, ModelShelf<DecoderModel> shelf, PassOpening opening, ReadingPlan reading) {
        this.opening = opening;
        this.reading = reading;
        this.catalog = catalog;
        this.shelf = shelf;
    }

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        return open(spec, firstWindow, cancellation, Placement.WIDENED, reading, opening);
    }

    /** The same with weights that rest elsewhere and passes in another order, which changes no figure. */
    Cursor open(
            TrialSpec spec,
            int firstWindow,
            Cancellation cancellation,
            Placement placement,
            ReadingPlan inOrder,
            PassOpening passes) {
        catalog.requireAll(spec);
        ModelShelf<DecoderModel>.Loan loan = shelf.lend(ModelKey.of(spec, placement));
        try {
            if (spec.plan().scoresItems()) {
                return new ItemsCursor(catalog, loan, spec, firstWindow, cancellation, passes);
            }
            return new DocumentsCursor(
                    catalog,
                    loan,
                    spec,
                    firstWindow,
                    cancellation,
                    passes,
                    inOrder,
                    beside(spec, loan.model(), inOrder, cancellation));
        } catch (RuntimeException e) {
            loan.close();
            throw e;
        }
    }

    private @Nullable BesideReference beside(
            TrialSpec spec, DecoderModel model, ReadingPlan inOrder, Cancellation cancellation) {
        Reference reference = spec.reference();
        if (reference == null) {
            return null;
        }
        boolean same = reference.checkpointDigest().equals(spec.checkpointDigest())
                && reference.precision() == spec.precision();
        // No quantizer touches a head; another one is read from its file when it is used, and nothing else is.
        DecoderModel head = same
                ? null
                : DecoderModel.load(
                        catalog.checkpoint(reference.checkpointDigest()),
                        model.device(),
                        QuantizationSpec.NONE,
                        Residence.of(Placement.MAPPED, reference.precision(), model.device()));
        return new BesideReference(spec, model, head, inOrder, kept, cancellation);
    }
}
