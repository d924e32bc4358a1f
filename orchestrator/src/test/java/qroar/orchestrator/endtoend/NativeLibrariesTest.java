package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where native libraries lie, what a killed process leaves behind, and folders in which nothing may be executed. */
class NativeLibrariesTest {
    private static final Path CASES = Path.of("src/test/resources/cases").toAbsolutePath();

    @TempDir
    Path folder;

    private boolean mounted;

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            shell("umount '" + folder.resolve("noexec") + "'");
        }
    }

    private static int shell(String line) throws Exception {
        return new ProcessBuilder("/bin/sh", "-c", line + " >/dev/null 2>&1")
                .start()
                .waitFor();
    }

    private Path noexec() throws Exception {
        Path noexec = Files.createDirectory(folder.resolve("noexec"));
        mounted = shell("mount -t tmpfs -o noexec,size=1g tmpfs '" + noexec + "'") == 0;
        assumeTrue(mounted, "only root can mount a noexec folder");
        return noexec;
    }

    private Product product(Path temporary, Path cache) {
        return new Product(folder).with("-Djava.io.tmpdir=" + temporary).with("-Dqroar.cache=" + cache);
    }

    private static List<String> leftovers(Path temporary) throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("hsperfdata"))
                    .toList();
        }
    }

    /** The archives of every machine but PyTorch's are on every class path; PyTorch's own is chosen by a profile of the build. */
    @ParameterizedTest
    @CsvSource({
        "linux-x86_64, Linux/x86_64, linux-x86-64, amd64, so",
        "linux-aarch64, Linux/aarch64, linux-aarch64, aarch64, so",
        "osx-aarch64, Mac/aarch64, darwin-aarch64, aarch64, dylib",
    })
    void everyNativeLibraryIsThereForEveryMachine(String ours, String sqlite, String jna, String arch, String suffix)
            throws IOException {
        ClassLoader classPath = NativeLibrariesTest.class.getClassLoader();
        String jnaSuffix = suffix.equals("so") ? "so" : "jnilib";
        for (String library : List.of(
                "jnilib/" + ours + "/cpu/libdjl_torch." + suffix,
                "native/lib/" + ours + "/cpu/libtokenizers." + suffix,
                "org/sqlite/native/" + sqlite + "/libsqlitejdbc." + suffix,
                "com/sun/jna/" + jna + "/libjnidispatch." + jnaSuffix)) {
            assertThat(classPath.getResource(library)).as(library).isNotNull();
        }
        assertThat(Files.readString(Path.of("../pom.xml")))
                .containsPattern("<arch>" + arch + "</arch></os></activation>\\s*<properties>"
                        + "<pytorch.native.classifier>" + ours + "</pytorch.native.classifier>");
    }

    @Test
    void aKilledRunLeavesNothingInTheTemporaryFolder() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Path cache = folder.resolve("cache");
        SmallExperiment experiment = new SmallExperiment(folder).with("bands", "[1, 2, 3, 4]");
        Product.Running run =
                product(temporary, cache).start("run", experiment.file(), "--runs", "runs", "--no-progress");
        while (run.isAlive()
                && Stream.ofNullable(folder.resolve("runs").toFile().listFiles())
                        .flatMap(Stream::of)
                        .noneMatch(each ->
                                each.toPath().resolve("result.json").toFile().exists())) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        run.kill();
        assertThat(leftovers(temporary)).isEmpty();
        try (Stream<Path> kept = Files.walk(cache)) {
            assertThat(kept.map(file -> file.getFileName().toString())).anyMatch(name -> name.contains("sqlitejdbc"));
        }
    }

    @Test
    void aTemporaryFolderWithoutExecutionDoesNotMatter() throws Exception {
        Path noexec = noexec();
        SmallExperiment experiment = new SmallExperiment(folder);
        Product.Ended ended = product(noexec, folder.resolve("cache"))
                .run("run", experiment.file(), "--runs", "runs", "--no-progress");
        assertThat(ended.code()).as(ended.err()).isZero();
    }

    @Test
    void foldersWithoutExecutionAreNamedInOneLine() throws Exception {
        Path noexec = noexec();
        SmallExperiment experiment = new SmallExperiment(folder);
        Product.Ended journal = product(noexec, noexec.resolve("cache"))
                .run("run", experiment.file(), "--runs", "runs", "--no-progress");
        assertThat(journal.code()).as(journal.err()).isEqualTo(2);
        assertThat(journal.errLines()).singleElement().asString().contains("noexec", "QROAR_CACHE_DIR");
        Path tokenizer = CASES.resolve("noexec-cache-tokenizer");
        Product.Ended eval = new Product(folder)
                .with("-DDJL_CACHE_DIR=" + noexec.resolve("djl"))
                .run(
                        "eval",
                        "--model",
                        tokenizer.toString(),
                        "--docs",
                        tokenizer.resolve("a.txt").toString(),
                        "--json");
        assertThat(eval.code()).as(eval.err()).isEqualTo(4);
        assertThat(eval.errLines()).singleElement().asString().contains("libtokenizers", "noexec");
    }
}
