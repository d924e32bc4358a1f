package qroar.workers.export;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/** A folder that appears as a whole, or not at all. */
final class NewFolder {
    private NewFolder() {}

    /** Puts the content into a folder. */
    interface Content {
        void write(Path folder) throws IOException;
    }

    /**
     * @param folder must not exist, or be empty
     * @param what is written, for a message
     * @throws BadInput when the folder is used already, or disk or permissions do not do
     */
    static void fill(Path folder, String what, Content content) {
        refuseUsed(folder);
        Path target = folder.toAbsolutePath().normalize();
        try {
            Files.createDirectories(target.getParent());
            try (UnfinishedFolder unfinished = UnfinishedFolder.beside(target)) {
                content.write(unfinished.path());
                unfinished.moveTo(target);
            }
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            throw used(folder, e);
        } catch (IOException e) {
            throw new BadInput(folder + ": " + what + " cannot be written there: " + e, e);
        }
    }

    /** @throws BadInput when the folder is there and holds something */
    static void refuseUsed(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            if (files.findAny().isEmpty()) {
                return;
            }
        } catch (IOException e) {
            throw used(folder, e);
        }
        throw used(folder, null);
    }

    private static BadInput used(Path folder, @Nullable Exception cause) {
        String message = folder + ": is there already; a model is written into a new or an empty folder";
        return cause == null ? new BadInput(message) : new BadInput(message, cause);
    }
}
