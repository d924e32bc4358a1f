package qroar.orchestrator.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changed checkpoints and tokenizers; see {@link HostileCampaign#ofBuild}. */
class HostileModelsTest {
    @TempDir
    Path scratch;

    @Test
    void everyModelIsAcceptedOrRefusedInOneLine() throws IOException {
        HostileCampaign.ofBuild(HostileTargets.ofModels(scratch));
    }
}
