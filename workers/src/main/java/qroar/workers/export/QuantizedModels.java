package qroar.workers.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.StorageFault;
import qroar.protocol.input.InputFile;
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
    /** Two lines. */
    private static final long MAX_NOTE_BYTES = 1 << 16;

    private static final Logger LOG = LoggerFactory.getLogger(QuantizedModels.class);
    private static final String NOTE = "qroar-quantized.txt";
    private static final String FORMAT = "qroar-quantized/2";
    private static final Pattern ENTRY =
            Pattern.compile("\\.?([0-9a-f]{64})(" + Pattern.quote(UnfinishedFolder.PARTIAL) + ".*)?");

    private final Path folder;
    private final long maxBytes;
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
        this.folder = folder.toAbsolutePath().normalize();
        this.maxBytes = maxBytes;
    }

    /** Where they are. */
    public Path folder() {
        return folder;
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
            Files.createDirectories(folder);
            String key = key(checkpoint, quantization, calibration);
            Path entry = folder.resolve(key);
            if (!Files.exists(entry.resolve(NOTE))) {
                evict(packedBytes(checkpoint, quantization));
            }
            EntryLock lock = EntryLock.of(folder.resolve(key + ".lock"));
            lock.read(
                    () -> {
                        if (!isSound(entry)) {
                            make(entry, checkpoint, quantization, device, calibration);
                        }
                    },
                    () -> Files.exists(entry.resolve(NOTE)));
            try {
                Files.setLastModifiedTime(entry.resolve(NOTE), FileTime.from(Instant.now()));
                Use use = new Use(Checkpoint.open(entry), lock);
                evict(0);
                return use;
            } catch (IOException | RuntimeException e) {
                lock.release();
                throw e;
            }
        } catch (IOException e) {
            throw new StorageFault(folder + ": quantized models cannot be kept there: " + e, e);
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
        return Files.exists(
                folder.resolve(key(checkpoint, quantization, calibration)).resolve(NOTE));
    }

    /**
     * Disk that all entries take now; 0 while nothing is kept.
     *
     * @throws IOException when the folder cannot be read
     */
    public long bytes() throws IOException {
        return Files.isDirectory(folder)
                ? entries().values().stream().mapToLong(kept -> kept.bytes).sum()
                : 0;
    }

    /** What lies in the folder under one key, half made or whole. */
    private static final class Kept {
        private long bytes;
        private FileTime used = FileTime.fromMillis(0);
    }

    /**
     * Makes room. Whatever stands in the way of it costs disk, never the run.
     *
     * @param moreBytes that are about to be written
     */
    private void evict(long moreBytes) {
        try {
            Map<String, Kept> entries = entries();
            long total = moreBytes;
            for (Kept kept : entries.values()) {
                total += kept.bytes;
            }
            List<String> oldestFirst = new ArrayList<>(entries.keySet());
            oldestFirst.sort(Comparator.comparing(key -> entry(entries, key).used));
            for (String key : oldestFirst) {
                if (total <= maxBytes) {
                    return;
                }
                Path entry = folder.resolve(key);
                boolean gone = EntryLock.of(folder.resolve(key + ".lock")).ifUnused(() -> {
                    // Without its note an entry counts for nothing, however far its removal gets.
                    Files.deleteIfExists(entry.resolve(NOTE));
                    deleteLeftovers(entry);
                });
                if (gone) {
                    LOG.info("quantized model {} has left the cache", entry);
                    total -= entry(entries, key).bytes;
                }
            }
        } catch (IOException e) {
            LOG.warn("{}: no room can be made for quantized models: {}", folder, e.toString());
        }
    }

    private static Kept entry(Map<String, Kept> entries, String key) {
        return entries.computeIfAbsent(key, k -> new Kept());
    }

    private Map<String, Kept> entries() throws IOException {
        Map<String, Kept> entries = new HashMap<>();
        try (Stream<Path> children = Files.list(folder)) {
            for (Path child : children.filter(Files::isDirectory).toList()) {
                Matcher name = ENTRY.matcher(child.getFileName().toString());
                if (name.matches()) {
                    Kept kept = entry(entries, name.group(1));
                    kept.bytes += FolderFiles.bytes(child);
                    Path note = child.resolve(NOTE);
                    if (Files.exists(note)) {
                        kept.used = Files.getLastModifiedTime(note);
                    }
                }
            }
        }
        return entries;
    }

    /** The note is there before the entry has its name, so that an entry is never without one. */
    private void make(
            Path entry, Checkpoint checkpoint, WeightQuantization quantization, TorchDevice device, int[][] calibration)
            throws IOException {
        Path growing = growing(entry);
        FolderFiles.delete(entry);
        deleteLeftovers(entry, growing);
        new KeptCalibration(checkpoint, quantization, device, finished).fill(calibration, growing);
        CheckpointContent made = Checkpoint.open(growing).content();
        if (made.nonFinite() != null) {
            deleteLeftovers(entry);
            throw new BadInput(text(quantization) + " of " + checkpoint.directory() + ": " + made.nonFinite()
                    + " after quantization; such a model is not kept");
        }
        String note = FORMAT + "\n" + made.digest() + "\n" + text(quantization) + "\n";
        FolderFiles.write(growing.resolve(NOTE), note.getBytes(StandardCharsets.UTF_8));
        Files.move(growing, entry, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Where an entry is until it is whole, layer after layer; what a killed process left there is gone on with. */
    private static Path growing(Path entry) {
        return entry.resolveSibling("." + entry.getFileName() + UnfinishedFolder.PARTIAL + "layers");
    }

    /** How many layers of a model that is not kept yet a calibration that was cut short has finished. */
    public int layersDone(Checkpoint checkpoint, WeightQuantization quantization, int[][] calibration) {
        Path growing = growing(folder.resolve(key(checkpoint, quantization, calibration)));
        return Files.isDirectory(growing)
                ? new LayerNotes(growing, checkpoint.config().layerCount()).count()
                : 0;
    }

    private void deleteLeftovers(Path entry) throws IOException {
        FolderFiles.delete(entry);
        deleteLeftovers(entry, entry);
    }

    /** Of versions that did not go on with them, and of whatever else is half made. */
    private void deleteLeftovers(Path entry, Path but) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("." + entry.getFileName() + UnfinishedFolder.PARTIAL)
                        && !file.equals(but)) {
                    FolderFiles.delete(file);
                }
            }
        }
    }

    private static boolean isSound(Path entry) throws IOException {
        Path note = entry.resolve(NOTE);
        if (!Files.exists(note)) {
            return false;
        }
        try {
            List<String> lines = InputFile.text(note, MAX_NOTE_BYTES).lines().toList();
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
        String head = FORMAT + "\n" + TrialKey.NUMERICS_VERSION + "\n" + checkpoint.digest(folder.resolve("digests"))
                + "\n" + RopeScalingSpec.format(checkpoint.config().ropeScaling()) + "\n" + text(quantization) + "\n";
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
