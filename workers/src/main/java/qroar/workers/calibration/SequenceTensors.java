package qroar.workers.calibration;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Precision;
import qroar.workers.checkpoint.Headway;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * One float32 matrix per calibration sequence, all of one shape, in host memory or in a mapped file. One at a time is on the
 * device. Owns its tensors; not thread-safe.
 */
final class SequenceTensors implements AutoCloseable {
    private final DecoderScript script = TorchRuntime.decoder();
    private final TorchDevice device;
    private final List<TorchValue> inMemory = new ArrayList<>();
    /** [sequences, rows, columns] over the file. */
    private final @Nullable TorchValue mapped;

    private SequenceTensors(TorchDevice device, @Nullable TorchValue mapped) {
        this.device = device;
        this.mapped = mapped;
    }

    static SequenceTensors inMemory(TorchDevice device) {
        return new SequenceTensors(device, null);
    }

    /** @param file made where it is not there */
    static SequenceTensors inFile(Path file, int sequences, int rows, int columns, TorchDevice device) {
        return new SequenceTensors(device, TorchRuntime.decoder().shared(file, sequences, rows, columns));
    }

    /** Of one sequence, on the device; belongs to the caller, who leaves it as it is. */
    TorchValue of(int sequence) {
        Headway.step();
        if (mapped == null) {
            return script.onto(inMemory.get(sequence), device, Precision.FLOAT32);
        }
        try (TorchValue part = script.part(mapped, sequence)) {
            return script.onto(part, device, Precision.FLOAT32);
        }
    }

    /** Takes the place of what the sequence has, or is its first; the tensor stays the caller's. */
    void set(int sequence, TorchValue value) {
        if (mapped != null) {
            script.copyInto(mapped, sequence, value);
            return;
        }
        TorchValue host = script.onto(value, TorchDevice.CPU, Precision.FLOAT32);
        if (sequence == inMemory.size()) {
            inMemory.add(host);
        } else {
            inMemory.set(sequence, host).close();
        }
    }

    @Override
    public void close() {
        try (ValueScope scope = new ValueScope()) {
            inMemory.forEach(scope::own);
            inMemory.clear();
            if (mapped != null) {
                scope.own(mapped);
            }
        }
    }
}
