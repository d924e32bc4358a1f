package qroar.workers.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.TrialKey;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.Dtype;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.TorchDevice;

/**
 * Calibrated models by content, each an exported float32 checkpoint in {@code <folder>/<key>/}. The key is a SHA-256 over
 * the checkpoint's digest and its own rotary scaling (which calibration runs under), the text of the weight quantizer,
 * the calibration tokens and the version of the numeric code. An entry appears as a whole; before use its content is
 * compared with the digest written beside it, and made anew where they differ.
 *
 * <p>Thread-safe; several processes may share a folder: one calibrates, the others wait for it. Nothing is ever removed
 * but damaged or unfinished entries; deleting an entry by hand costs its calibration.
 */
public final class QuantizedModels {
    private static final Logger LOG = LoggerFactory.getLogger(QuantizedModels.class);
    private static final String NOTE = "qroar-quantized.txt";
    private static final String FORMAT = "qroar-quantized/1";
    private static final Map<Path, Object> LOCKS = new ConcurrentHashMap<>();

    private final Path folder;

    /** @param folder made when absent */
    public QuantizedModels(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /**
     * The model with its weights quantized; calibrates where it is not kept yet.
     *
     * @param calibration token ids, see {@link CalibratedQuantizers}
     * @throws BadInput when the folder cannot be used, or as {@link CalibratedQuantizers#of}
     */
    public Checkpoint of(
            Checkpoint checkpoint, WeightQuantization quantization, TorchDevice device, int[][] calibration) {
        try {
            Files.createDirectories(folder);
            String key = key(checkpoint, quantization, calibration);
            Path entry = folder.resolve(key);
            // File locks are held by the process: its own threads need one of their own.
            synchronized (LOCKS.computeIfAbsent(entry, e -> new Object())) {
                try (FileChannel channel = FileChannel.open(
                                folder.resolve(key + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                        FileLock lock = channel.lock()) {
                    assert lock.isValid();
                    if (!isSound(entry)) {
                        make(entry, checkpoint, quantization, device, calibration);
                    }
                }
            }
            return Checkpoint.open(entry);
        } catch (IOException e) {
            throw new BadInput(folder + ": quantized models cannot be kept there: " + e, e);
        }
    }

    private void make(
            Path entry, Checkpoint checkpoint, WeightQuantization quantization, TorchDevice device, int[][] calibration)
            throws IOException {
        deleteLeftovers(entry);
        try (WeightQuantizer quantizer = CalibratedQuantizers.of(quantization, checkpoint, device, calibration)) {
            QuantizedExport.write(checkpoint, quantizer, device, Dtype.F32, entry);
        }
        // The note comes last: an entry without it was cut short and counts for nothing.
        String note = FORMAT + "\n" + Checkpoint.open(entry).digest() + "\n" + text(quantization) + "\n";
        FolderFiles.write(entry.resolve(NOTE), note.getBytes(StandardCharsets.UTF_8));
    }

    private void deleteLeftovers(Path entry) throws IOException {
        FolderFiles.delete(entry);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("." + entry.getFileName() + QuantizedExport.PARTIAL)) {
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
        List<String> lines = Files.readAllLines(note, StandardCharsets.ISO_8859_1);
        try {
            if (lines.size() > 1
                    && lines.get(0).equals(FORMAT)
                    && lines.get(1).equals(Checkpoint.open(entry).digest())) {
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
        MessageDigest digest = sha256();
        String head = FORMAT + "\n" + TrialKey.NUMERICS_VERSION + "\n" + checkpoint.digest(folder.resolve("digests"))
                + "\n" + RopeScalingSpec.format(checkpoint.config().ropeScaling()) + "\n" + text(quantization) + "\n";
        digest.update(head.getBytes(StandardCharsets.UTF_8));
        for (int[] sequence : calibration) {
            ByteBuffer bytes = ByteBuffer.allocate((1 + sequence.length) * Integer.BYTES);
            bytes.putInt(sequence.length);
            bytes.asIntBuffer().put(sequence);
            digest.update(bytes.array());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String text(WeightQuantization quantization) {
        return QuantizationText.format(new QuantizationSpec(quantization, null, 0));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
