package qroar.orchestrator.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changed texts, tasks, experiments, scales, specs and runs; see {@link HostileCampaign#ofBuild}. */
class HostileInputTest {
    @TempDir
    Path scratch;

    @Test
    void everyInputIsAcceptedOrRefusedInOneLine() throws IOException {
        HostileCampaign.ofBuild(HostileTargets.ofOthers(scratch));
    }
}
