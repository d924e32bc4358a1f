package qroar.workers.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import qroar.protocol.BadInput;

/**
 * SHA-256 of what a checkpoint computes: the config keys that reach a number, then per tensor, by rising name, its name,
 * dtype, shape and the SHA-256 of its bytes. How tensors are spread over files, their order there, tensors that nobody
 * reads and keys that change nothing are no part of it. The checkpoint's own {@code rope_scaling} is none either: the
 * scaling that a trial uses stands in the trial.
 */
final class CheckpointDigest {
    private static final String FORMAT = "qroar-checkpoint/1";

    private CheckpointDigest() {}

    static String of(Checkpoint checkpoint) {
        // One digest per tensor, so that all cores hash; a single stream would be bound to one.
        List<String> tensors = List.copyOf(checkpoint.tensors()).parallelStream()
                .map(CheckpointDigest::line)
                .toList();
        MessageDigest digest = sha256();
        update(digest, FORMAT + "\n" + config(checkpoint.config()) + "\n");
        tensors.forEach(line -> update(digest, line));
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String line(TensorLocation location) {
        MessageDigest digest = sha256();
        TensorBytes.stream(location, digest::update);
        return location.name() + " " + location.dtype() + " " + Printable.shape(location.shape()) + " "
                + HexFormat.of().formatHex(digest.digest()) + "\n";
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
                "windows=" + config.attentionWindows(),
                "tied=" + config.tiedEmbeddings());
    }

    /** The same, remembered in a folder under the files' real paths, sizes and modification times. */
    static String remembered(Checkpoint checkpoint, Path cacheDirectory) {
        try {
            Path entry = cacheDirectory.resolve(identity(checkpoint) + ".sha256");
            try {
                String known = Files.readString(entry);
                if (known.matches("[0-9a-f]{64}")) {
                    return known;
                }
            } catch (NoSuchFileException e) {
                Files.createDirectories(cacheDirectory);
            }
            String digest = of(checkpoint);
            Path written = Files.createTempFile(cacheDirectory, "digest-", ".tmp");
            Files.writeString(written, digest);
            move(written, entry);
            return digest;
        } catch (IOException e) {
            throw new BadInput(
                    cacheDirectory + ": the checkpoint's digest cannot be remembered there: "
                            + Printable.text(String.valueOf(e.getMessage())),
                    e);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String identity(Checkpoint checkpoint) throws IOException {
        MessageDigest digest = sha256();
        update(digest, FORMAT + "\n" + config(checkpoint.config()) + "\n");
        for (Path file : checkpoint.files()) {
            Path real = file.toRealPath();
            BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
            update(
                    digest,
                    real + "\n" + attributes.size() + " "
                            + attributes.lastModifiedTime().toInstant() + " " + attributes.fileKey() + "\n");
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
