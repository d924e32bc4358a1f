package qroar.orchestrator.rundirectory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.journal.RunLock;
import qroar.protocol.BadInput;
import qroar.protocol.storage.AtomicFile;

class RunDirectoryTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path runs;

    private static RunManifest manifest(String name, String digit) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("zebra", "1");
        fields.put("apple", "ö");
        return RunManifest.of(name, digit.repeat(64), fields, NOW);
    }

    @Test
    void openingAgainFindsTheSameRunWithItsFirstManifest() {
        RunDirectory made = RunDirectory.open(runs.resolve("deep/runs"), manifest("demo", "a"));
        RunDirectory again = RunDirectory.open(
                runs.resolve("deep/runs"),
                RunManifest.of("demo", "a".repeat(64), Map.of("other", "2"), NOW.plusSeconds(9)));
        assertThat(again.path()).isEqualTo(made.path());
        assertThat(again.name()).isEqualTo("demo-aaaaaaaaaaaa");
        assertThat(again.manifest()).isEqualTo(manifest("demo", "a"));
        assertThat(again.manifest().fields().keySet()).containsExactly("zebra", "apple");
        assertThat(made.scales("01-yarn").getParent()).isDirectory();
    }

    @Test
    void runsAreFoundByPathNameOrUniqueStart() {
        RunDirectory one = RunDirectory.open(runs, manifest("demo", "a"));
        RunDirectory two = RunDirectory.open(runs, manifest("demo", "b"));
        RunDirectory three = RunDirectory.open(runs, manifest("other", "a"));
        assertThat(RunDirectory.list(runs))
                .extracting(RunDirectory::path)
                .containsExactly(one.path(), two.path(), three.path());
        assertThat(RunDirectory.find(runs, one.path().toString()).path()).isEqualTo(one.path());
        assertThat(RunDirectory.find(runs, "demo-bbbbbbbbbbbb").path()).isEqualTo(two.path());
        assertThat(RunDirectory.find(runs, "oth").path()).isEqualTo(three.path());
        assertThatThrownBy(() -> RunDirectory.find(runs, "demo"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("demo-aaaaaaaaaaaa, demo-bbbbbbbbbbbb");
        for (String absent : List.of("nothing", "", "a\0b")) {
            assertThatThrownBy(() -> RunDirectory.find(runs, absent))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("other-aaaaaaaaaaaa");
        }
        assertThat(RunDirectory.list(runs.resolve("absent"))).isEmpty();
    }

    @Test
    void namesThatAreNoFileNamesAreRefused() {
        for (String name : List.of("", "../up", "a/b", ".hidden", "x".repeat(101), "tab\t")) {
            assertThatThrownBy(() -> RunDirectory.open(runs, manifest(name, "a")))
                    .isInstanceOf(BadInput.class);
        }
        RunDirectory run = RunDirectory.open(runs, manifest("demo", "a"));
        assertThatThrownBy(() -> run.scales("../../escape")).isInstanceOf(BadInput.class);
    }

    @Test
    void damagedOrNewerManifestsAndFilesInTheWayAreRefusedInOneLine() throws Exception {
        RunDirectory run = RunDirectory.open(runs, manifest("demo", "a"));
        Path file = run.path().resolve("run.json");
        String good = Files.readString(file);
        for (String bad :
                List.of(good.substring(0, 30), good.replace("\"format\" : 1", "\"format\" : 2"), "", "null")) {
            Files.writeString(file, bad);
            assertThatThrownBy(() -> RunDirectory.find(runs, "demo"))
                    .as(bad)
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("run.json")
                    .hasMessageNotContaining("\n");
        }
        Path blocked = Files.writeString(runs.resolve("blocked"), "");
        assertThatThrownBy(() -> RunDirectory.open(blocked, manifest("demo", "a")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("blocked");
    }

    @Test
    void writingReplacesAsAWholeAndLeavesNothingBehind() throws Exception {
        RunDirectory run = RunDirectory.open(runs, manifest("demo", "a"));
        AtomicFile.write(run.report(), "one");
        AtomicFile.write(run.report(), "twö");
        assertThat(run.report()).hasContent("twö");
        Files.createDirectories(run.result().resolve("in the way"));
        assertThatThrownBy(() -> AtomicFile.write(run.result(), "x"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("result.json cannot be written");
        assertThatThrownBy(() -> AtomicFile.write(run.report().resolve("below a file"), "x"))
                .isInstanceOf(UncheckedIOException.class);
        try (Stream<Path> files = Files.list(run.path())) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("run.json", "report.html", "result.json", "scales");
        }
        Files.writeString(run.path().resolve(".report.html.1234.partial"), "half");
        run.deleteLeftovers();
        assertThat(run.path().resolve(".report.html.1234.partial")).doesNotExist();
    }

    @Test
    void aCopyWithoutItsEmptyFolderIsMended() throws Exception {
        RunDirectory run = RunDirectory.open(runs, manifest("demo", "a"));
        Files.delete(run.path().resolve("scales"));
        run.deleteLeftovers();
        assertThat(run.path().resolve("scales")).isEmptyDirectory();
    }

    /** Somebody tidies up while others look: what is gone is no run, and nothing is wrong with it. */
    @Test
    void aRunThatIsTakenAwayWhileRunsAreListedIsNone() throws Exception {
        RunDirectory stays = RunDirectory.open(runs, manifest("demo", "a"));
        RunDirectory goes = RunDirectory.open(runs, manifest("demo", "b"));
        Path aside = goes.path().resolve("aside");
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Void> tidying = CompletableFuture.runAsync(() -> {
            try {
                while (!over.get()) {
                    Files.move(goes.manifestFile(), aside);
                    Files.move(aside, goes.manifestFile());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            for (int i = 0; i < 500; i++) {
                assertThat(RunDirectory.list(runs))
                        .extracting(RunDirectory::name)
                        .contains(stays.name());
                assertThat(RunLock.holder(goes.manifestFile())).isNull();
            }
        } finally {
            over.set(true);
            tidying.get();
        }
        assertThat(goes.isThere()).isTrue();
    }
}
