package qroar.workers.torch;

import ai.djl.pytorch.jni.IValue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream of one thread's own on an accelerator: what that thread computes and copies there runs beside what all others
 * queue, who share the device's default stream. Weights that it sends go through page-locked memory, from which a device
 * copies by itself; without that where the system locks no more.
 *
 * <p>PyTorch's current stream belongs to a thread, and of the streams of its pool none is ever freed; so a thread enters
 * once and goes on living. What is made on a stream goes back to that stream's memory whoever frees it, and may be written
 * over by its next use at once: see {@link qroar.workers.lending}, where what is freed when is decided.
 */
public final class CopyStream {
    private static final Logger LOG = LoggerFactory.getLogger(CopyStream.class);

    private final ScriptModule script;
    private final TorchDevice device;
    private volatile @Nullable Thread owner;
    private volatile boolean locking = true;

    private CopyStream(ScriptModule script, TorchDevice device) {
        this.script = script;
        this.device = device;
    }

    /**
     * Loads what it needs; nothing is on the stream yet.
     *
     * @throws RuntimeException where PyTorch was built without CUDA
     */
    static CopyStream load(TorchDevice device) {
        return new CopyStream(ScriptModule.ofResource("streams.py", "Streams"), device);
    }

    /**
     * Gives the calling thread its stream, for as long as it lives.
     *
     * @throws IllegalStateException where another one has it, or the thread is still on the default stream behind it
     */
    public synchronized void enter() {
        if (owner != null) {
            throw new IllegalStateException("a copy stream belongs to one thread");
        }
        ask("enter").close();
        try (TorchValue apart = ask("apart")) {
            if (!apart.raw().toBoolean()) {
                throw new IllegalStateException("PyTorch keeps the thread on the default stream");
            }
        }
        owner = Thread.currentThread();
    }

    /** What this thread queues from now on waits, on the device, for all that is on the default stream by now. */
    public void join() {
        ask("join").close();
    }

    /** Returns when the device has done what this thread queued. */
    public void finish() {
        ask("finish").close();
    }

    boolean isMine() {
        return Thread.currentThread() == owner;
    }

    /** Whether weights go through page-locked memory: it was not refused so far. */
    public boolean isLocking() {
        return locking;
    }

    /**
     * A tensor on the device in another type: sent as it is and converted there, shared where it is so already. PyTorch keeps the
     * page-locked copy until an event behind the copy out of it, on this stream, has come; it is used again for the next
     * tensor of its size (rounded up to a power of two) and never given back.
     */
    TorchValue sent(TorchValue tensor, long scalarType) {
        if (locking) {
            TorchValue locked = null;
            try {
                locked = script.call("pinned", tensor.raw());
            } catch (RuntimeException e) {
                locking = false;
                LOG.info(
                        "weights for {} are sent without page-locked memory: {}",
                        device.word(),
                        UnusableDevice.firstLine(e));
            }
            if (locked != null) {
                try (TorchValue from = locked) {
                    return sent(from, scalarType, Copy.GOES_ON);
                }
            }
        }
        return sent(tensor, scalarType, Copy.IS_AWAITED);
    }

    /** Memory that is not locked may be read until the copy has ended, and its mapping ends with the call. */
    private enum Copy {
        GOES_ON,
        IS_AWAITED
    }

    private TorchValue sent(TorchValue tensor, long scalarType, Copy copy) {
        try (TorchValue name = new TorchValue(IValue.from(device.torchName()));
                TorchValue type = new TorchValue(IValue.from(scalarType));
                TorchValue goesOn = new TorchValue(IValue.from(copy == Copy.GOES_ON))) {
            return script.call("sent", tensor.raw(), name.raw(), type.raw(), goesOn.raw());
        }
    }

    private TorchValue ask(String method) {
        try (TorchValue name = new TorchValue(IValue.from(device.torchName()))) {
            return script.call(method, name.raw());
        }
    }
}
