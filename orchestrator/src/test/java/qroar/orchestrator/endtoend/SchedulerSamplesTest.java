package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The samples of docs/schedulers, with stand-ins for the scheduler's commands and for the product. */
@Timeout(60)
class SchedulerSamplesTest {
    private static final Path SAMPLES =
            Path.of("../docs/schedulers").toAbsolutePath().normalize();

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void needsAShell() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash here");
        command("scontrol", "echo \"$@\" >>calls");
        command("tsp", "echo \"$3\" \"$4\" >>calls");
    }

    private void command(String name, String body) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, "#!/bin/bash\n" + body + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private Process start(String... words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile());
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        builder.environment().put("SLURM_JOB_ID", "7");
        return builder.start();
    }

    private String calls() throws IOException {
        Path calls = folder.resolve("calls");
        return Files.exists(calls) ? Files.readString(calls) : "";
    }

    @Test
    void aJobThatIsStoppedGoesBackToTheQueueOfSlurm() throws Exception {
        command("qroar", "trap 'exit 3' TERM; echo \"$@\" >begun; while :; do sleep 0.1; done");
        Process job = start("/bin/bash", SAMPLES.resolve("slurm.sbatch").toString(), "a b.yaml");
        while (!Files.exists(folder.resolve("begun"))) {
            assertThat(job.isAlive()).isTrue();
            TimeUnit.MILLISECONDS.sleep(20);
        }
        job.destroy();

        assertThat(job.waitFor()).isEqualTo(3);
        assertThat(Files.readString(folder.resolve("begun"))).startsWith("run a b.yaml --runs runs ");
        assertThat(calls()).isEqualTo("requeue 7\n");
    }

    @Test
    void aJobThatIsDoneOrRefusedDoesNot() throws Exception {
        for (int code : new int[] {0, 2, 4}) {
            command("qroar", "exit " + code);
            Process job = start("/bin/bash", SAMPLES.resolve("slurm.sbatch").toString(), "x.yaml");
            assertThat(job.waitFor()).isEqualTo(code);
        }
        assertThat(calls()).isEmpty();
    }

    @Test
    void experimentsAreSpooledAndStoppedOnesSpooledAgain() throws Exception {
        String spool = SAMPLES.resolve("spool.sh").toString();
        assertThat(start("/bin/sh", spool, "a.yaml", "b c.yaml").waitFor()).isZero();
        assertThat(calls()).isEqualTo("sh " + spool + "\nsh " + spool + "\n");

        Files.delete(folder.resolve("calls"));
        command("qroar", "exit 0");
        assertThat(start("/bin/sh", spool, "--run", "a.yaml").waitFor()).isZero();
        assertThat(calls()).isEmpty();
        command("qroar", "exit 3");
        command("tsp", "echo \"$@\" >>calls");
        assertThat(start("/bin/sh", spool, "--run", "b c.yaml").waitFor()).isEqualTo(3);
        assertThat(calls()).isEqualTo("-L b c sh " + spool + " --run b c.yaml\n");
    }
}
