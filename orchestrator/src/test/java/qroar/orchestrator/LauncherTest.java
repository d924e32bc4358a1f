package qroar.orchestrator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code qroar} in a checkout that counts as built, with a Java that only writes down what it was asked. */
@Timeout(600)
class LauncherTest {
    private static final String MAKES = "-XX:ArchiveClassesAtExit=";
    private static final String TAKES = "-XX:SharedArchiveFile=";
    /** Long after everything that is made now. */
    private static final FileTime LATER = FileTime.from(Instant.parse("2100-01-01T00:00:00Z"));

    private static final String WRITES_DOWN = """
            #!/bin/bash
            here=$(cd "$(dirname "$0")/.." && pwd)
            printf '%s\\n' "$*" >>"$here/calls"
            for word in "$@"; do
              case $word in
                -XX:ArchiveClassesAtExit=*)
                  [ ! -e "$here/slow" ] || sleep 1
                  [ ! -e "$here/broken" ] || exit 1
                  [ ! -e "$here/killed" ] || kill -9 $$
                  echo archive >"${word#*=}"
                  exit 0
                  ;;
              esac
            done
            echo "ran ${*: -1}"
            """;

    @TempDir
    private Path folder = Path.of("");

    private Path home = Path.of("");
    private Path jdk = Path.of("");

    private record Said(int code, String out, String err) {}

    @BeforeEach
    void pretendToBeBuilt() throws IOException {
        home = Files.createDirectories(folder.resolve("a checkout"));
        jdk = Files.createDirectories(folder.resolve("jdk"));
        Files.copy(Path.of("../qroar"), home.resolve("qroar"));
        Files.writeString(home.resolve("pom.xml"), "");
        for (String module : List.of("protocol", "experiments", "workers", "reports", "orchestrator")) {
            Files.createDirectories(home.resolve(module).resolve("src/main"));
            Files.writeString(home.resolve(module).resolve("pom.xml"), "");
        }
        Files.createDirectories(home.resolve("orchestrator/target/lib"));
        Files.writeString(jar(), "");
        Files.writeString(library(), "");
        Files.createDirectories(home.resolve("target"));
        Files.writeString(home.resolve("target/launcher.stamp"), "");
        Files.setLastModifiedTime(home.resolve("target/launcher.stamp"), LATER);
        Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
        Files.writeString(java, WRITES_DOWN);
        Files.setPosixFilePermissions(java, EnumSet.allOf(PosixFilePermission.class));
        release("17.0.15");
    }

    private Path jar() {
        return home.resolve("orchestrator/target/qroar-orchestrator.jar");
    }

    private Path library() {
        return home.resolve("orchestrator/target/lib/some.jar");
    }

    private void release(String version) throws IOException {
        Files.writeString(
                jdk.resolve("release"),
                "IMPLEMENTOR=\"Some One\"\nJAVA_RUNTIME_VERSION=\"" + version + "+6\"\nJAVA_VERSION=\"" + version
                        + "\"\n");
    }

    private Process start(String options, Path javaHome, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("bash", home.resolve("qroar").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        builder.environment().put("QROAR_JAVA_OPTS", options);
        return builder.start();
    }

    private static Said ended(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
        return new Said(process.waitFor(), out, err);
    }

    private Said run(String... arguments) throws Exception {
        return ended(start("", jdk, arguments));
    }

    private List<String> calls() throws IOException {
        return Files.readAllLines(jdk.resolve("calls"));
    }

    private long calls(String option) throws IOException {
        return calls().stream().filter(call -> call.contains(option)).count();
    }

    private List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("target"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void archiveIsMadeOnceAndTakenByEveryRun() throws Exception {
        assertThat(run("status")).isEqualTo(new Said(0, "ran status\n", preparing()));
        assertThat(run("status")).isEqualTo(new Said(0, "ran status\n", ""));
        // No Java was started for its version.
        assertThat(calls()).hasSize(3);
        assertThat(calls().get(0)).contains(MAKES).contains(" bench orchestration ");
        assertThat(calls().subList(1, 3))
                .allMatch(call -> call.contains(TAKES + home.resolve("target/classes-17-SomeOne-17.0.15+6.jsa")));
        assertThat(left())
                .containsExactly(
                        "archive.lock",
                        "classes-17-SomeOne-17.0.15+6.jsa",
                        "classes-17-SomeOne-17.0.15+6.jsa.of",
                        "launcher.stamp");
    }

    private static String preparing() {
        return "qroar: preparing quicker starts (once per build and JDK) ...\n";
    }

    @Test
    void archiveIsMadeAgainWhenAJarChangedOrTheCheckoutMovedOrForAnotherJdk() throws Exception {
        run("status");
        Files.setLastModifiedTime(library(), LATER);
        assertThat(run("status").err()).isEqualTo(preparing());
        Files.setLastModifiedTime(library(), FileTime.from(Instant.EPOCH));
        assertThat(run("status").err()).isEmpty();
        release("25");
        assertThat(run("status").err()).isEqualTo(preparing());
        assertThat(calls(MAKES)).isEqualTo(3);
        home = Files.move(home, folder.resolve("elsewhere"));
        assertThat(run("status").err()).isEqualTo(preparing());
        assertThat(calls(MAKES)).isEqualTo(4);
    }

    @Test
    void runGoesOnWithoutAnArchiveThatCannotBeMade() throws Exception {
        Files.writeString(jdk.resolve("broken"), "");
        assertThat(run("status").out()).isEqualTo("ran status\n");
        assertThat(run("status")).isEqualTo(new Said(0, "ran status\n", ""));
        assertThat(calls(MAKES)).isEqualTo(1);
        assertThat(calls(TAKES)).isZero();
    }

    @Test
    void oneThatHadToBeKilledIsNotToldOf() throws Exception {
        Files.writeString(jdk.resolve("killed"), "");
        assertThat(run("status")).isEqualTo(new Said(0, "ran status\n", preparing()));
    }

    @Test
    void twoFirstRunsMakeOneArchiveAndBothSucceed() throws Exception {
        Files.writeString(jdk.resolve("slow"), "");
        Process one = start("", jdk, "status");
        Process other = start("", jdk, "report");
        assertThat(ended(one).out()).isEqualTo("ran status\n");
        assertThat(ended(other).out()).isEqualTo("ran report\n");
        assertThat(calls(MAKES)).isEqualTo(1);
    }

    @Test
    void nothingIsArchivedForWhoeverSwitchesSharingOff() throws Exception {
        assertThat(ended(start("-Xshare:off", jdk, "status"))).isEqualTo(new Said(0, "ran status\n", ""));
        assertThat(calls()).hasSize(1);
    }

    @Test
    void olderJavaIsRefusedInOneLine() throws Exception {
        release("11.0.2");
        Said said = run("status");
        assertThat(said.code()).isEqualTo(4);
        assertThat(said.err().lines())
                .singleElement()
                .asString()
                .contains("is Java 11.0.2")
                .contains("17 or later");
        assertThat(jdk.resolve("calls")).doesNotExist();
    }

    /** With the real JVM: whatever lies where the archive should be, a program says what it says without one. */
    @Test
    void tooFewFileHandlesAreToldBeforeTheJvmIsStarted() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                "bash",
                "-c",
                "ulimit -n 20; exec bash \"$0\" doctor",
                home.resolve("qroar").toString());
        builder.environment().put("JAVA_HOME", jdk.toString());
        Said said = ended(builder.start());
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err().lines())
                .singleElement()
                .asString()
                .isEqualTo(
                        "qroar: only 20 files may be open at once (ulimit -Hn), at least 30 are needed; nothing was begun");
        assertThat(jdk.resolve("calls")).doesNotExist();
    }

    @Test
    void badArchiveIsNeverHeardOf() throws Exception {
        // Java 17 archives nothing out of a jar whose path holds a space.
        home = Files.move(home, folder.resolve("checkout"));
        String program = "package qroar.orchestrator.cli; public final class Main {"
                + " public static void main(String[] a) { System.out.println(\"ran \" + a[0]); } }";
        Path source = Files.createDirectories(folder.resolve("source")).resolve("Main.java");
        Files.writeString(source, program);
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, OutputStream.nullOutputStream(), null, "-d", folder.toString(), source.toString()))
                .isZero();
        writeJar(Files.readAllBytes(folder.resolve("qroar/orchestrator/cli/Main.class")));
        Files.delete(library());
        Path real = Path.of(System.getProperty("java.home"));
        assertThat(ended(start("", real, "status"))).isEqualTo(new Said(0, "ran status\n", preparing()));
        Path archive;
        try (Stream<Path> files = Files.list(home.resolve("target"))) {
            archive = files.filter(FileSystems.getDefault().getPathMatcher("glob:**.jsa")::matches)
                    .findFirst()
                    .orElseThrow();
        }
        assertThat(archive).isNotEmptyFile();
        String loads = "-Xlog:class+load:file=" + folder.resolve("loads");
        assertThat(ended(start(loads, real, "status"))).isEqualTo(new Said(0, "ran status\n", ""));
        assertThat(Files.readString(folder.resolve("loads")))
                .contains("qroar.orchestrator.cli.Main source: shared objects file (top)");

        Files.setLastModifiedTime(archive, LATER);
        Files.setLastModifiedTime(jar(), FileTime.from(Instant.EPOCH));
        assertThat(ended(start("", real, "status"))).isEqualTo(new Said(0, "ran status\n", ""));
        Files.delete(archive);
        Files.writeString(archive, "no archive at all");
        Files.setLastModifiedTime(archive, LATER);
        assertThat(ended(start("", real, "status"))).isEqualTo(new Said(0, "ran status\n", ""));
    }

    /** The same script in a release: nothing is built, and nothing written but below the user's own cache. */
    @Test
    void aReleaseIsNeverWrittenToAndStartsThroughALink() throws Exception {
        Path released = Files.createDirectories(folder.resolve("a release"));
        Path bin = Files.createDirectories(released.resolve("bin"));
        Path lib = Files.createDirectories(released.resolve("lib"));
        Files.copy(Path.of("../qroar"), bin.resolve("qroar"));
        Files.writeString(lib.resolve("qroar-orchestrator.jar"), "");
        Files.writeString(lib.resolve("jars.sha256"), "one\n");
        Path link = Files.createSymbolicLink(
                Files.createDirectories(folder.resolve("links")).resolve("qroar"), bin.resolve("qroar"));
        Path cache = folder.resolve("a cache");

        assertThat(released(link, cache)).isEqualTo(new Said(0, "ran status\n", preparing()));
        assertThat(released(link, cache)).isEqualTo(new Said(0, "ran status\n", ""));
        assertThat(calls())
                .hasSize(3)
                .allMatch(call -> call.contains(" -cp " + lib + "/* qroar.orchestrator.cli.Main "));
        assertThat(calls(TAKES + cache.resolve("qroar/classes-17-"))).isEqualTo(2);
        try (Stream<Path> files = Files.walk(released)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(3);
        }
        // Another release in its place, with times of the same build clock.
        Files.writeString(lib.resolve("jars.sha256"), "other\n");
        assertThat(released(link, cache).err()).isEqualTo(preparing());
        // Without a place for an archive it runs all the same.
        assertThat(released(link, Files.writeString(folder.resolve("no folder"), "")))
                .isEqualTo(new Said(0, "ran status\n", ""));
    }

    private Said released(Path launcher, Path cache) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("bash", launcher.toString(), "status").directory(folder.toFile());
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().put("XDG_CACHE_HOME", cache.toString());
        builder.environment().put("QROAR_JAVA_OPTS", "");
        return ended(builder.start());
    }

    private void writeJar(byte[] program) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar()))) {
            out.putNextEntry(new JarEntry("qroar/orchestrator/cli/Main.class"));
            out.write(program);
            out.closeEntry();
        }
    }
}
