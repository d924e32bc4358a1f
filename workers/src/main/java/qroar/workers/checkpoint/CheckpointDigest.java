package qroar.workers.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.input.InputFile;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.storage.AtomicFile;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Printable;
import qroar.workers.tensors.NonFinite;
import qroar.workers.tensors.WeightSource;

/**
 * SHA-256 of what a checkpoint computes: the config keys that reach a number, then per tensor, by rising name, its name,
 * dtype, shape and the SHA-256 of its bytes. How tensors are spread over files, their order there, tensors that nobody
 * reads and keys that change nothing are no part of it. The checkpoint's own {@code rope_scaling} belongs to it
 * although a trial names its scaling itself: AWQ and GPTQ calibrate under it.
 */
final class CheckpointDigest {
    /** One digest. */
    private static final long MAX_ENTRY_BYTES = 1 << 12;

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointDigest.class);
    private static final String FORMAT = "qroar-checkpoint/1";
    /** Changes with what is read, and with what is looked at meanwhile, so that what was remembered before is not believed. */
    private static final String REMEMBERED = FORMAT + " promised biases, all finite";

    private CheckpointDigest() {}

    private record Line(String text, NonFinite.Count nonFinite) {}

    static CheckpointContent of(Checkpoint checkpoint) {
        // One digest per tensor, so that all cores hash; a single stream would be bound to one.
        Headway headway = Headway.ofThisThread();
        List<Line> tensors = List.copyOf(checkpoint.tensors()).parallelStream()
                .map(CheckpointDigest::line)
                .peek(line -> headway.further())
                .toList();
        MessageDigest digest = Sha256.begin();
        update(digest, FORMAT + "\n" + config(checkpoint.config()) + "\n");
        tensors.forEach(line -> update(digest, line.text()));
        return new CheckpointContent(
                Sha256.hex(digest),
                NonFinite.of(tensors.stream().map(Line::nonFinite).toList()));
    }

    private static Line line(WeightSource tensor) {
        MessageDigest digest = Sha256.begin();
        long nonFinite = tensor.addTo(digest);
        return new Line(
                tensor.name() + " " + tensor.encoding() + " " + Printable.shape(tensor.shape()) + " "
                        + Sha256.hex(digest) + "\n",
                new NonFinite.Count(tensor.name(), nonFinite));
    }

    private static String config(ModelConfig config) {
        return String.join(
                " ",
                config.architecture().modelType(),
                "heads=" + config.headCount(),
                "kv-heads=" + config.keyValueHeadCount(),
                "eps=" + Double.toHexString(config.rmsNormEpsilon()),
                "theta=" + Double.toHexString(config.geometry().theta()),
                "head-dim=" + config.headDim(),
                "positions=" + config.geometry().maxPositions(),
                "original=" + config.geometry().originalMaxPositions(),
                "windows=" + config.attention().windows(),
                "tied=" + config.tiedEmbeddings(),
                "rope=" + RopeScalingSpec.format(config.ropeScaling()));
    }

    /**
     * The same, remembered in a folder under the files' real paths, sizes and modification times. A folder that cannot
     * be read or written costs time and nothing else.
     *
     * @throws BadInput when a weight is no number: nothing is kept of such a checkpoint, and nothing under its digest
     */
    static String remembered(Checkpoint checkpoint, Path cacheDirectory) {
        Path entry = cacheDirectory.resolve(identity(checkpoint) + ".sha256");
        String known = read(entry);
        if (known.matches("[0-9a-f]{64}")) {
            return known;
        }
        CheckpointContent content = of(checkpoint);
        if (content.nonFinite() != null) {
            throw new BadInput(checkpoint.directory() + ": " + content.nonFinite());
        }
        String digest = content.digest();
        try {
            write(entry, digest);
        } catch (IOException e) {
            LOG.info("{}: the checkpoint's digest is not remembered: {}", entry, e.toString());
        }
        return digest;
    }

    /** Empty when it is not there; a torn or foreign file is no digest and is overwritten. */
    private static String read(Path entry) {
        try {
            return Objects.requireNonNullElse(InputFile.textIfThere(entry, MAX_ENTRY_BYTES), "");
        } catch (BadInput foreign) {
            return "";
        }
    }

    private static void write(Path entry, String digest) throws IOException {
        Files.createDirectories(entry.toAbsolutePath().getParent());
        AtomicFile.replaceUnforced(entry, digest.getBytes(StandardCharsets.UTF_8));
    }

    private static String identity(Checkpoint checkpoint) {
        MessageDigest digest = Sha256.begin();
        update(digest, REMEMBERED + "\n" + config(checkpoint.config()) + "\n");
        for (Path file : checkpoint.files()) {
            try {
                Path real = file.toRealPath();
                BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
                String modified = attributes.lastModifiedTime().toInstant().toString();
                update(digest, real + "\n" + attributes.size() + " " + modified + " " + attributes.fileKey() + "\n");
            } catch (IOException e) {
                throw new BadInput(file + ": cannot be read: " + Printable.text(String.valueOf(e.getMessage())), e);
            }
        }
        return Sha256.hex(digest);
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
    }
}
