package qroar.orchestrator.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import qroar.orchestrator.cli.Main;
import qroar.orchestrator.coordinator.RunEvent;
import qroar.orchestrator.coordinator.RunEventCatalog;
import qroar.orchestrator.coordinator.RunTally;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Real processes of the real command line, in one folder; all are dead when it is closed. */
final class Fleet implements AutoCloseable {
    private static final List<String> QUICK = List.of(
            "-Dqroar.coordinator.silence=1500ms",
            "-Dpekko.cluster.split-brain-resolver.stable-after=1s",
            "-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=1500ms",
            "-Dpekko.cluster.seed-node-timeout=1s",
            "-Dpekko.cluster.retry-unsuccessful-join-after=500ms",
            "-Dpekko.coordinated-shutdown.default-phase-timeout=2s");

    private final Path folder;
    private final List<Member> members = new ArrayList<>();

    Fleet(Path folder) {
        this.folder = folder;
    }

    /** A process and where its output goes. */
    record Member(Process process, Path output) {
        String said() {
            try {
                return Files.readString(output);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void await(String words) throws TimeoutException {
            until(Duration.ofSeconds(60), "'" + words + "' from " + output.getFileName(), () -> {
                if (!process.isAlive()) {
                    throw new AssertionError("ended with " + process.exitValue() + ": " + said());
                }
                return said().contains(words);
            });
        }

        boolean hasEndedWell() {
            return !process.isAlive() && process.exitValue() == 0;
        }

        int ended() throws InterruptedException, TimeoutException {
            if (!process.waitFor(90, TimeUnit.SECONDS)) {
                throw new TimeoutException(output.getFileName() + " did not end: " + said());
            }
            return process.exitValue();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        void signal(String name) throws IOException, InterruptedException {
            int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IOException("kill -" + name + " ended with " + code);
            }
        }
    }

    Member start(String... arguments) throws IOException {
        Path output = folder.resolve(members.size() + "-" + arguments[0] + ".out");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx512m",
                "-Dai.djl.offline=true",
                "-DRUST_FLAVOR=cpu"));
        command.addAll(QUICK);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        Member member = new Member(builder.start(), output);
        members.add(member);
        return member;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** What the journal of the only run in a folder adds up to now. */
    static RunTally tally(Path runs) {
        RunTally tally = new RunTally();
        List<RunDirectory> all = RunDirectory.list(runs);
        if (!all.isEmpty() && Files.exists(all.get(0).journal())) {
            try (JournalReader journal = JournalReader.open(all.get(0).journal(), new RunEventCatalog().catalog())) {
                for (String id : journal.persistenceIds()) {
                    journal.forEachEvent(id, 0, recorded -> tally.add((RunEvent) recorded.event()));
                }
            }
        }
        return tally;
    }

    static void until(Duration limit, String what, BooleanSupplier reached) throws TimeoutException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException("no " + what + " within " + limit);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
    }

    static Path sampleDemo() {
        File here = new File("").getAbsoluteFile();
        return here.toPath().resolveSibling("experiments").resolve("samples/demo");
    }

    @Override
    public void close() throws InterruptedException {
        for (Member member : members) {
            member.kill();
        }
    }
}
