package qroar.workers.calibration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder in which hidden states rest between layers, those of each layer in a file of their own: the float32 numbers that
 * enter it, [sequences, length, hidden], little-endian on the processors that we know. A file is whole once the layer before
 * it was quantized; whoever keeps that layer keeps the file with it, and deletes the one before.
 *
 * @param firstLayer whose states are there; nothing is if it is 0
 */
public record StatesFolder(Path path, int firstLayer) {
    /** What enters a layer. */
    public Path states(int layer) {
        return path.resolve("states-" + layer);
    }

    /** Of one layer, while it is quantized. */
    Path inputs(String linear) {
        return path.resolve("inputs-" + linear);
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be deleted", e);
        }
    }
}
