package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher gives to the JVM. Its Java is a script that tells what it was called with. */
class LauncherEnvironmentTest {
    @TempDir
    Path folder;

    private Path launcher;

    @BeforeEach
    void installBesideAFakeJava() throws IOException {
        boolean isUnix = Files.isExecutable(Path.of("/bin/sh")) && Files.isExecutable(Path.of("/bin/bash"));
        if (!isUnix) {
            System.out.println("tests of the launcher: not run, there is no /bin/bash");
        }
        assumeTrue(isUnix, "the launcher is a script of bash");
        Path home = Files.createDirectories(folder.resolve("home"));
        launcher = home.resolve("qroar");
        Files.copy(SmallExperiment.demo().resolve("../../../qroar"), launcher);
        Files.createDirectories(home.resolve("orchestrator/target/lib"));
        Files.createDirectories(home.resolve("target"));
        Files.writeString(home.resolve("target/launcher.stamp"), "");
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, """
                #!/bin/sh
                echo "LC_ALL=$LC_ALL LANG=$LANG"
                for each in "$@"; do echo "[$each]"; done
                """);
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    private String launch(Map<String, String> environment, String... words) throws Exception {
        Path out = folder.resolve("out");
        String[] command = new String[words.length + 2];
        command[0] = "/bin/bash";
        command[1] = launcher.toString();
        System.arraycopy(words, 0, command, 2, words.length);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        builder.environment().put("QROAR_JAVA_OPTS", "-Xshare:off");
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        String text = Files.readString(out);
        assertThat(code).as(text).isZero();
        return text;
    }

    @Test
    void aLocaleThatIsNotUtf8IsReplacedByOneThatIs() throws Exception {
        assertThat(launch(Map.of(), "doctor")).contains("LC_ALL=C.UTF-8 ", "[-Dfile.encoding=UTF-8]");
        assertThat(launch(Map.of("LC_ALL", "C"), "doctor")).contains("LC_ALL=C.UTF-8 ");
        assertThat(launch(Map.of("LANG", "en_US.ISO-8859-1"), "doctor")).contains("LC_ALL=C.UTF-8 ");
        assertThat(launch(Map.of("LANG", "de_DE.UTF-8"), "doctor")).contains("LC_ALL= LANG=de_DE.UTF-8");
        assertThat(launch(Map.of("LC_ALL", "en_US.utf8"), "doctor")).contains("LC_ALL=en_US.utf8 ");
    }

    @Test
    void temporaryFilesGoWhereTheEnvironmentSays() throws Exception {
        String tmp = Files.createDirectory(folder.resolve("tmp")).toString();
        assertThat(launch(Map.of("TMPDIR", tmp), "doctor")).contains("[-Djava.io.tmpdir=" + tmp + "]");
        assertThat(launch(Map.of("TMPDIR", tmp + "/nowhere"), "doctor")).doesNotContain("java.io.tmpdir");
    }

    @Test
    void wordsArriveAsTheyWereGiven() throws Exception {
        assertThat(launch(Map.of(), "eval", "--docs", "a b.txt", "*", "")).endsWith("""
                [qroar.orchestrator.cli.Main]
                [eval]
                [--docs]
                [a b.txt]
                [*]
                []
                """);
    }

    /** The locale that the launcher sets is enough for a path that is not ASCII; the bytes are UTF-8, whatever ours is. */
    @Test
    void aPathBeyondAsciiIsReadWithoutALocaleOfTheUsers() throws Exception {
        Path scratch = Files.createDirectory(folder.resolve("scratch"));
        Path plain = Path.of("src/test/resources/cases/posix-locale-path/model-plain")
                .toAbsolutePath();
        StringBuilder java = new StringBuilder();
        new Product(folder)
                .launcher()
                .forEach(word -> java.append('\'').append(word).append("' "));
        Path script = Files.writeString(
                scratch.resolve("run.sh"),
                "name=$(printf 'mod\\303\\250le')\ncp -r '" + plain + "' \"$name\"\nexec " + java
                        + "rope --model \"$name\" --json\n",
                StandardCharsets.UTF_8);
        Path out = scratch.resolve("out");
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", script.toString())
                .directory(scratch.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().keySet().removeIf(key -> key.startsWith("LC_") || key.equals("LANG"));
        builder.environment().put("LC_ALL", "C.UTF-8");
        int code = builder.start().waitFor();
        assertThat(code).as(Files.readString(out)).isZero();
        assertThat(Files.readString(out)).contains("\"invFreq\"");
    }
}
