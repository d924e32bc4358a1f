package qroar.workers.export;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import qroar.protocol.BadInput;
import qroar.protocol.Sha256;
import qroar.protocol.input.InputFile;
import qroar.workers.calibration.StatesFolder;
import qroar.workers.checkpoint.Headway;

/**
 * Which layers of a calibration are done: a note per layer, written after its tensors and after the hidden states that
 * enter the next one, with the SHA-256 of both. A calibration that was cut short goes on behind the last layer of an unbroken
 * row of notes whose tensors are what they say, if the states behind it are; else it begins anew.
 */
final class LayerNotes {
    private static final String FORMAT = "qroar-layer/1";
    private static final String NO_STATES = "none";
    /** Three lines. */
    private static final long MAX_NOTE_BYTES = 1 << 12;

    private static final int READ_BYTES = 1 << 20;

    private final Path folder;
    private final int layers;

    LayerNotes(Path folder, int layers) {
        this.folder = folder;
        this.layers = layers;
    }

    /** The tensors of a layer, or behind the last one those of no layer. */
    Path tensors(int layer) {
        return folder.resolve(String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", layer + 1, layers + 1));
    }

    private Path note(int layer) {
        return folder.resolve("layer-" + layer);
    }

    /** A layer is done. Its states may go after that. */
    void write(int layer, StatesFolder states) throws IOException {
        String behind = layer + 1 == layers ? NO_STATES : digest(states.states(layer + 1));
        String text = FORMAT + "\n" + digest(tensors(layer)) + "\n" + behind + "\n";
        FolderFiles.write(note(layer), text.getBytes(StandardCharsets.UTF_8));
        Files.deleteIfExists(states.states(layer));
    }

    /** How many layers are done, whatever of others, and of the end, is left lying about being deleted. */
    int takeUp() throws IOException {
        int done = 0;
        while (done < layers && isSound(done, 1, tensors(done))) {
            done++;
        }
        StatesFolder states = new StatesFolder(folder, done);
        if (done > 0 && done < layers && !isSound(done - 1, 2, states.states(done))) {
            done = 0;
        }
        Set<Path> kept = new HashSet<>();
        for (int layer = 0; layer < done; layer++) {
            kept.addAll(List.of(note(layer), tensors(layer)));
        }
        if (done > 0 && done < layers) {
            kept.add(states.states(done));
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(each -> !kept.contains(each)).toList()) {
                FolderFiles.delete(file);
            }
        }
        return done;
    }

    /** How many layers are noted; nothing is looked into. */
    int count() {
        int noted = 0;
        while (noted < layers && Files.exists(note(noted))) {
            noted++;
        }
        return noted;
    }

    private boolean isSound(int layer, int line, Path file) throws IOException {
        if (!Files.isRegularFile(note(layer)) || !Files.isRegularFile(file)) {
            return false;
        }
        try {
            List<String> lines =
                    InputFile.text(note(layer), MAX_NOTE_BYTES).lines().toList();
            return lines.size() > 2
                    && lines.get(0).equals(FORMAT)
                    && lines.get(line).equals(digest(file));
        } catch (BadInput torn) {
            return false;
        }
    }

    /** The notes are of no use any more. */
    void delete() throws IOException {
        for (int layer = 0; layer < layers; layer++) {
            Files.deleteIfExists(note(layer));
        }
    }

    private static String digest(Path file) throws IOException {
        MessageDigest digest = Sha256.begin();
        byte[] piece = new byte[READ_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                digest.update(piece, 0, read);
                Headway.step();
            }
        }
        return Sha256.hex(digest);
    }
}
