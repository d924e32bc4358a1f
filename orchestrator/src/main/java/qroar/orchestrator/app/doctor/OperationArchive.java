package qroar.orchestrator.app.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import qroar.protocol.BadInput;
import qroar.protocol.storage.AtomicFile;
import qroar.workers.torch.ScriptArchive;

/** All operations as a TorchScript archive, which Python's {@code torch.jit.load} reads. */
public final class OperationArchive {
    private OperationArchive() {}

    /** @throws BadInput where the file cannot be written */
    public static void write(Path file) {
        try {
            Files.write(file, ScriptArchive.ofAll());
        } catch (IOException e) {
            throw new BadInput(file + " cannot be written: " + AtomicFile.reason(e), e);
        }
    }
}
