package qroar.workers.measure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.ReadingPlan;
import qroar.workers.torch.TorchDevice;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/**
 * Measures only what the device has room for, and gives way between documents when others need it: a document that is
 * finished need not be read again. Thread-safe.
 */
public final class ConsiderateMeasurer implements TrialMeasurer {
    private final TorchDevice device;
    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel> shelf;
    private final MemoryGate gate;
    private final TrialMeasurer measurer;

    ConsiderateMeasurer(LocalCatalog catalog, ModelShelf<DecoderModel> shelf, MemoryGate gate) {
        this(TorchDevice.CPU, catalog, shelf, gate, DocumentPass::open);
    }

    /** @param device of the shelf's models, which the gate guards */
    public ConsiderateMeasurer(
            TorchDevice device,
            LocalCatalog catalog,
            ModelShelf<DecoderModel> shelf,
            MemoryGate gate,
            PassOpening opening) {
        this.device = device;
        this.catalog = catalog;
        this.shelf = shelf;
        this.gate = gate;
        this.measurer = new LocalMeasurer(catalog, shelf, opening, ReadingPlan.BY_DOCUMENT);
    }

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        catalog.requireAll(spec);
        ModelKey key = ModelKey.of(spec);
        MemoryNeed need = MemoryNeed.of(catalog.checkpoint(spec.checkpointDigest()), spec, device);
        MemoryGate.Permit permit = gate.admit(need, () -> shelf.holds(key), cancellation);
        try {
            return new ConsiderateCursor(
                    measurer.open(spec, firstWindow, cancellation),
                    permit,
                    spec.plan().windows());
        } catch (RuntimeException | Error e) {
            permit.close();
            throw e;
        }
    }

    private final class ConsiderateCursor implements Cursor {
        private final Cursor cursor;
        private final MemoryGate.Permit permit;
        private final List<WindowSpan> windows;
        private boolean betweenDocuments;

        ConsiderateCursor(Cursor cursor, MemoryGate.Permit permit, List<WindowSpan> windows) {
            this.cursor = cursor;
            this.permit = permit;
            this.windows = windows;
        }

        @Override
        public @Nullable Measurement next() {
            if (betweenDocuments) {
                betweenDocuments = false;
                gate.yieldIfOthersGrew();
            }
            Measurement next = cursor.next();
            if (!(next instanceof ModelLoaded)) {
                permit.settle();
            }
            if (next instanceof WindowLoss window && window.index() + 1 < windows.size()) {
                betweenDocuments = windows.get(window.index()).document()
                        != windows.get(window.index() + 1).document();
            }
            return next;
        }

        @Override
        public void close() {
            cursor.close();
            permit.close();
            gate.afterTrial();
        }
    }
}
