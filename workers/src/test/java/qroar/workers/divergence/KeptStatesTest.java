package qroar.workers.divergence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.Reference;

class KeptStatesTest {
    @TempDir
    private Path folder = Path.of("");

    private static KeptStates.Entry entry(String digit) {
        DocumentRef document = new DocumentRef("text-" + digit, digit.repeat(64), 9);
        Reference reference = new Reference("f".repeat(64), Precision.FLOAT32, new NoScaling(), null);
        return new KeptStates.Entry(reference, document, 9);
    }

    private static void keep(KeptStates kept, String digit, int bytes) throws IOException {
        Path file = kept.begin();
        Files.write(file, new byte[bytes]);
        kept.keep(file, entry(digit));
    }

    /** A trial asks once what is here, and needs it after its model was read through the document. */
    @Test
    void whatWasAskedForStaysForADay() throws IOException {
        KeptStates kept = new KeptStates(folder, 250);
        keep(kept, "a", 100);
        keep(kept, "b", 100);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
            }
        }
        assertThat(kept.holds(entry("a"))).isTrue();
        assertThat(kept.holds(entry("c"))).isFalse();
        keep(kept, "c", 100);
        assertThat(kept.holds(entry("a"))).isTrue();
        assertThat(kept.holds(entry("b"))).as("nobody asked for it").isFalse();
        assertThat(kept.holds(entry("c"))).isTrue();
    }

    /** As a link that leads nowhere, a file that another process lets go is listed and cannot be looked at. */
    @Test
    void whatAnotherLetsGoMeanwhileIsInNobodysWay() throws IOException {
        KeptStates kept = new KeptStates(folder, 50);
        keep(kept, "a", 100);
        Files.createSymbolicLink(folder.resolve("gone.states"), folder.resolve("nowhere"));
        keep(kept, "b", 100);
        assertThat(kept.holds(entry("b"))).isTrue();
    }
}
