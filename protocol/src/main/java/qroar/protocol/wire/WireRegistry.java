package qroar.protocol.wire;

import com.esotericsoftware.kryo.kryo5.Kryo;
import java.util.function.BiConsumer;
import java.util.function.Function;
import qroar.protocol.message.CoordinatorMessage.Enlist;
import qroar.protocol.message.CoordinatorMessage.TrialFailed;
import qroar.protocol.message.CoordinatorMessage.TrialStarted;
import qroar.protocol.message.CoordinatorMessage.WorkWanted;
import qroar.protocol.message.WorkerMessage.Assign;
import qroar.protocol.message.WorkerMessage.Cancel;
import qroar.protocol.message.WorkerMessage.Curtail;
import qroar.protocol.message.WorkerMessage.Retire;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement.Exertion;
import qroar.protocol.trial.Measurement.Loading;
import qroar.protocol.trial.Measurement.Progress;
import qroar.protocol.trial.Measurement.Pulse;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.WindowLoss;

/**
 * Numbers of all classes whose kind must be told on the wire. <b>Append-only</b>: a number is never given to another
 * class, and a class whose fields change gets a new number, so that an old peer refuses instead of misreading. Numbers
 * below 16 belong to Kryo's own defaults.
 */
final class WireRegistry {
    private WireRegistry() {}

    static Kryo kryo() {
        Kryo kryo = new Kryo();
        kryo.setRegistrationRequired(true);
        kryo.setReferences(false);
        register(kryo, 16, Enlist.class, MessageWire::write, MessageWire::enlist);
        register(kryo, 17, WorkWanted.class, MessageWire::write, MessageWire::workWanted);
        register(kryo, 18, TrialStarted.class, MessageWire::write, MessageWire::trialStarted);
        register(kryo, 19, TrialFailed.class, MessageWire::write, MessageWire::trialFailed);
        register(kryo, 20, Assign.class, MessageWire::write, MessageWire::assign);
        register(kryo, 21, Cancel.class, MessageWire::write, MessageWire::cancel);
        register(kryo, 22, Retire.class, MessageWire::write, MessageWire::retire);
        register(kryo, 23, WindowLoss.class, MeasurementWire::write, MeasurementWire::windowLoss);
        register(kryo, 24, LayerActivations.class, MeasurementWire::write, MeasurementWire::layerActivations);
        register(kryo, 25, TrialCost.class, MeasurementWire::write, MeasurementWire::trialCost);
        // 26 to 36 were scalings and quantizations, which are text since qroar-wire/2.
        register(kryo, 37, Pulse.class, (out, pulse) -> {}, in -> new Pulse());
        register(kryo, 38, ScaleGradient.class, MeasurementWire::write, MeasurementWire::scaleGradient);
        register(kryo, 39, ModelLoaded.class, MeasurementWire::write, MeasurementWire::modelLoaded);
        register(kryo, 40, Progress.class, MeasurementWire::write, MeasurementWire::progress);
        register(kryo, 41, Exertion.class, MeasurementWire::write, MeasurementWire::exertion);
        register(kryo, 42, Curtail.class, MessageWire::write, MessageWire::curtail);
        register(kryo, 43, Loading.class, MeasurementWire::write, MeasurementWire::loading);
        register(kryo, 44, ReferenceComparison.class, MeasurementWire::write, MeasurementWire::referenceComparison);
        return kryo;
    }

    private static <T> void register(
            Kryo kryo, int id, Class<T> type, BiConsumer<WireOutput, T> writer, Function<WireInput, T> reader) {
        kryo.register(type, new HandWritten<>(writer, reader), id);
    }
}
