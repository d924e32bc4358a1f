package qroar.workers.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.StorageFault;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.TrialKey;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.CheckpointContent;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.TorchDevice;

/**
 * Calibrated models by content, each a checkpoint of packed integers with float32 scales in {@code <folder>/<key>/}, which
 * holds the quantizer's weights to the bit in a sixth of their memory. (Before version 2 of the format it was a float32
 * checkpoint: entries of that kind are passed over, and go when room is made.) The key is a SHA-256 over
 * the checkpoint's digest and its own rotary scaling (which calibration runs under), the text of the weight quantizer,
 * the calibration tokens and the version of the numeric code. An entry appears as a whole; before use its content is
 * compared with the digest written beside it, and made anew where they differ. Until then it grows layer by layer under
 * another name, and a calibration that was cut short goes on there ({@link KeptCalibration}).
 *
 * <p>Thread-safe; several processes may share a folder: one calibrates, the others wait for it. Beyond a bound the least
 * recently used entries go, before another is made and after; never one that a living process reads, so entries in use may
 * exceed the bound. An entry that is gone costs its calibration, never a number.
 */
public final class QuantizedModels {
    private static final Logger LOG = LoggerFactory.getLogger(QuantizedModels.class);
    private static final String FORMAT = "qroar-quantized/2";

    private final KeptFolder folder;
    private final IntConsumer finished;

    /**
     * @param folder made when absent
     * @param maxBytes bound of all entries together
     */
    public QuantizedModels(Path folder, long maxBytes) {
        this(folder, maxBytes, layer -> {});
    }

    /** @param finished told of each layer that is calibrated, once the disk has it */
    QuantizedModels(Path folder, long maxBytes, IntConsumer finished) {
        this.finished = finished;
        this.folder = new KeptFolder(folder, maxBytes);
    }

    /** Where they are. */
    public Path folder() {
        return folder.path();
    }

    /** A kept model that stays on disk until it is closed; idempotent. */
    public static final class Use implements AutoCloseable {
        private final Checkpoint checkpoint;
        private final EntryLock lock;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Use(Checkpoint checkpoint, EntryLock lock) {
            this.checkpoint = checkpoint;
            this.lock = lock;
        }

        public Checkpoint checkpoint() {
            return checkpoint;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                try {
                    lock.release();
                } catch (IOException e) {
                    LOG.warn("lock of {} cannot be given back: {}", checkpoint.directory(), e.toString());
                }
            }
        }
    }

    /**
     * The model with its weights quantized; calibrates where it is not kept yet. It is not removed before it is closed.
     *
     * @param calibration token ids, see {@link CalibratedQuantizers}
     * @throws StorageFault when the folder cannot be used, or has no room
     * @throws BadInput as {@link CalibratedQuantizers#of}
     */
    public Use of(Checkpoint checkpoint, WeightQuantization quantization, TorchDevice device, int[][] calibration) {
        try {
            folder.make();
            String key = key(checkpoint, quantization, calibration);
            Path entry = folder.entry(key);
            if (!KeptFolder.isThere(entry)) {
                folder.evict(packedBytes(checkpoint, quantization));
            }
            EntryLock lock = folder.lock(key);
            lock.read(
                    () -> {
                        if (!isSound(entry)) {
                            make(entry, checkpoint, quantization, device, calibration);
                        }
                    },
                    () -> KeptFolder.isThere(entry));
            try {
                KeptFolder.used(entry);
                Use use = new Use(Checkpoint.open(entry), lock);
                folder.evict(0);
                return use;
            } catch (IOException | RuntimeException e) {
                lock.release();
                throw e;
            }
        } catch (IOException e) {
            throw new StorageFault(folder.path() + ": quantized models cannot be kept there: " + e, e);
        }
    }

    /** About what an entry will take. */
    private static long packedBytes(Checkpoint checkpoint, WeightQuantization quantization) {
        long linears = 0;
        long others = 0;
        for (WeightSource tensor : checkpoint.tensors()) {
            if (tensor.name().startsWith("model.layers.")) {
                linears += tensor.elements();
            } else {
                others += tensor instanceof TensorLocation ? tensor.storedBytes() : Float.BYTES * tensor.elements();
            }
        }
        long grids = quantization.group() == 0 ? 0 : linears / quantization.group();
        return linears * quantization.bits() / Byte.SIZE + grids * (Float.BYTES + 1) + others;
    }

    /** Whether that model was made before; its content is looked at when it is used. */
    public boolean holds(Checkpoint checkpoint, WeightQuantization quantization, int[][] calibration) {
        return KeptFolder.isThere(folder.entry(key(checkpoint, quantization, calibration)));
    }

    /**
     * Disk that all entries take now; 0 while nothing is kept.
     *
     * @throws IOException when the folder cannot be read
     */
    public long bytes() throws IOException {
        return folder.bytes();
    }

    private void make(
            Path entry, Checkpoint checkpoint, WeightQuantization quantization, TorchDevice device, int[][] calibration)
            throws IOException {
        Path growing = KeptFolder.growing(entry);
        folder.deleteBut(entry, growing);
        new KeptCalibration(checkpoint, quantization, device, finished).fill(calibration, growing);
        CheckpointContent made = Checkpoint.open(growing).content();
        if (made.nonFinite() != null) {
            folder.delete(entry);
            throw new BadInput(text(quantization) + " of " + checkpoint.directory() + ": " + made.nonFinite()
                    + " after quantization; such a model is not kept");
        }
        String note = FORMAT + "\n" + made.digest() + "\n" + text(quantization) + "\n";
        KeptFolder.finish(growing, entry, note);
    }

    /** How many layers of a model that is not kept yet a calibration that was cut short has finished. */
    int layersDone(Checkpoint checkpoint, WeightQuantization quantization, int[][] calibration) {
        Path growing = KeptFolder.growing(folder.entry(key(checkpoint, quantization, calibration)));
        return Files.isDirectory(growing)
                ? new LayerNotes(growing, checkpoint.config().layerCount()).count()
                : 0;
    }

    private static boolean isSound(Path entry) {
        if (!KeptFolder.isThere(entry)) {
            return false;
        }
        try {
            List<String> lines = KeptFolder.note(entry);
            CheckpointContent content = Checkpoint.open(entry).content();
            if (lines.size() > 1
                    && lines.get(0).equals(FORMAT)
                    && lines.get(1).equals(content.digest())
                    && content.nonFinite() == null) {
                return true;
            }
        } catch (BadInput unreadable) {
            LOG.warn("quantized model {} cannot be read and is made anew: {}", entry, unreadable.getMessage());
            return false;
        }
        LOG.warn("quantized model {} is not what was written and is made anew", entry);
        return false;
    }

    private String key(Checkpoint checkpoint, WeightQuantization quantization, int[][] calibration) {
        MessageDigest digest = Sha256.begin();
        String head = FORMAT + "\n" + TrialKey.NUMERICS_VERSION + "\n"
                + checkpoint.digest(folder.path().resolve("digests")) + "\n"
                + RopeScalingSpec.format(checkpoint.config().ropeScaling()) + "\n" + text(quantization) + "\n";
        digest.update(head.getBytes(StandardCharsets.UTF_8));
        for (int[] sequence : calibration) {
            ByteBuffer bytes = ByteBuffer.allocate((1 + sequence.length) * Integer.BYTES);
            bytes.putInt(sequence.length);
            bytes.asIntBuffer().put(sequence);
            digest.update(bytes.array());
        }
        return Sha256.hex(digest);
    }

    private static String text(WeightQuantization quantization) {
        return QuantizationText.format(new QuantizationSpec(quantization, null, 0));
    }
}
