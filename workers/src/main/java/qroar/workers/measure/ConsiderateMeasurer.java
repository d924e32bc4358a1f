package qroar.workers.measure;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.LayerwisePass;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/**
 * Measures only what the device has room for, in the way that its room allows, and gives way between documents when others need it: a document that is
 * finished need not be read again. Thread-safe.
 */
public final class ConsiderateMeasurer implements TrialMeasurer {
    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel> shelf;
    private final MemoryGate gate;
    private final MemoryChoice choice;
    private final PassOpening opening;
    private final LocalMeasurer measurer;

    /** @param choice for all workers of the device */
    public ConsiderateMeasurer(
            LocalCatalog catalog,
            ModelShelf<DecoderModel> shelf,
            MemoryGate gate,
            MemoryChoice choice,
            PassOpening opening) {
        this.catalog = catalog;
        this.shelf = shelf;
        this.gate = gate;
        this.choice = choice;
        this.opening = opening;
        this.measurer = new LocalMeasurer(catalog, shelf, opening, ReadingPlan.BY_DOCUMENT);
    }

    @Override
    public Cursor open(TrialSpec spec, int firstWindow, Cancellation cancellation) {
        catalog.requireAll(spec);
        MemoryPlan plan = choice.of(catalog.checkpoint(spec.checkpointDigest()), spec);
        ModelKey key = ModelKey.of(spec, plan.placement());
        MemoryGate.Permit permit = gate.admit(plan.need(), () -> shelf.holds(key), cancellation);
        try {
            return new ConsiderateCursor(
                    measurer.open(
                            spec,
                            firstWindow,
                            cancellation,
                            plan.placement(),
                            plan.reading(),
                            new Settling(opening, permit)),
                    permit,
                    spec.plan().windows());
        } catch (RuntimeException | Error e) {
            permit.close();
            throw e;
        }
    }

    @Override
    public boolean isDeviceComputing() {
        return gate.isDeviceComputing();
    }

    /**
     * In layer order nothing is measured for long, but what a pass takes is taken once all documents of a group have passed
     * a layer.
     */
    private record Settling(PassOpening opening, MemoryGate.Permit permit) implements PassOpening {
        @Override
        public DocumentPass open(DecoderModel model, PassPlan plan, BooleanSupplier cancelled) {
            return opening.open(model, plan, cancelled);
        }

        @Override
        public List<LayerwisePass.Reading> read(
                DecoderModel model, List<LayerwisePass.Text> texts, BooleanSupplier cancelled) {
            int[] left = {texts.stream().mapToInt(text -> text.plan().chunks()).sum()};
            return opening.read(model, texts, () -> {
                if (left[0]-- == 0) {
                    permit.settle();
                }
                return cancelled.getAsBoolean();
            });
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
