package qroar.orchestrator.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.ChildClasses;
import qroar.orchestrator.FreePort;
import qroar.orchestrator.cli.Main;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.message.Lease;

/** Real processes of the real command line, in one folder; all are dead when it is closed. */
final class Fleet implements AutoCloseable {
    /** Deadlines short enough for a test; {@code -Dqroar.deadlines=product} tests, and measures, those of the product. */
    private static final List<String> QUICK = List.of(
            "-Dqroar.coordinator.silence=1500ms",
            "-Dqroar.cluster.stable-after=1s",
            "-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=1500ms",
            "-Dpekko.cluster.seed-node-timeout=1s",
            "-Dpekko.cluster.retry-unsuccessful-join-after=500ms",
            "-Dpekko.coordinated-shutdown.default-phase-timeout=2s");

    private final Path folder;
    private final List<String> pace;
    private final List<Member> members = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>(Map.of("OMP_WAIT_POLICY", "PASSIVE"));

    Fleet(Path folder) {
        this(folder, "product".equals(System.getProperty("qroar.deadlines")) ? List.of() : QUICK);
    }

    /** @param pace options of every JVM */
    Fleet(Path folder, List<String> pace) {
        this.folder = folder;
        this.pace = List.copyOf(pace);
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
            until(Duration.ofSeconds(600), "'" + words + "' from " + output.getFileName(), () -> {
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
            if (!process.waitFor(900, TimeUnit.SECONDS)) {
                throw new TimeoutException(output.getFileName() + " did not end: " + said());
            }
            return process.exitValue();
        }

        int times(String words) {
            return said().split(java.util.regex.Pattern.quote(words), -1).length - 1;
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

    /** Starts all further processes with this in their environment. */
    Fleet with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Member start(String... arguments) throws IOException {
        return start(Main.class, arguments[0], List.of(), List.of(arguments));
    }

    /**
     * @param name for the file with its output
     * @param options of its JVM, which win over those of the fleet
     */
    Member start(Class<?> main, String name, List<String> options, List<String> arguments) throws IOException {
        Path output = folder.resolve(members.size() + "-" + name + ".out");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx512m",
                "-Dai.djl.offline=true",
                "-DRUST_FLAVOR=cpu"));
        command.addAll(pace);
        command.addAll(options);
        command.addAll(ChildClasses.andOfTheTests());
        command.add(main.getName());
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Member member = new Member(builder.start(), output);
        members.add(member);
        return member;
    }

    /**
     * A worker in which things go wrong.
     *
     * @param faults as {@link Fault#parse} reads them
     */
    Member faulty(String place, Path runs, String experiment, List<String> options, String... faults)
            throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                place,
                runs.toString(),
                experiment,
                folder.resolve("computed-" + members.size()).toString(),
                releaseFile().toString()));
        arguments.addAll(List.of(faults));
        return start(FaultyWorker.class, "worker", options, arguments);
    }

    /** Ends all hanging and crawling. */
    void release() throws IOException {
        Files.createFile(releaseFile());
    }

    private Path releaseFile() {
        return folder.resolve("release");
    }

    /** What a faulty worker wrote down. */
    List<String> computed(Member worker) throws IOException {
        Path file = folder.resolve("computed-" + members.indexOf(worker));
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    static int freePort() throws IOException {
        return FreePort.next();
    }

    /** What the journal of the only run in a folder adds up to now. */
    static RunTally tally(Path runs) {
        RunTally tally = new RunTally();
        events(runs).forEach(tally::add);
        return tally;
    }

    /** The whole journal of the only run in a folder; empty while there is none. */
    static List<RunEvent> events(Path runs) {
        List<RunEvent> events = new ArrayList<>();
        List<RunDirectory> all = RunDirectory.list(runs);
        if (!all.isEmpty() && Files.exists(all.get(0).journal())) {
            try (JournalReader journal = JournalReader.open(all.get(0).journal(), new RunEventCatalog().catalog())) {
                for (String id : journal.persistenceIds()) {
                    journal.forEachEvent(id, 0, recorded -> events.add((RunEvent) recorded.event()));
                }
            }
        }
        return events;
    }

    /** The lease that a process holds now, or null. */
    static RunEvent.@Nullable Leasing leaseOf(Member member, Path runs) {
        RunEvent.Leasing lease = null;
        for (RunEvent event : events(runs)) {
            if (event instanceof RunEvent.Leasing leased && isOf(leased, member)) {
                lease = leased;
            } else if (lease != null && ends(event, lease)) {
                lease = null;
            }
        }
        return lease;
    }

    private static boolean ends(RunEvent event, RunEvent.Leasing lease) {
        if (event instanceof RunEvent.TrialFinished e) {
            return e.trial() == lease.trial();
        } else if (event instanceof RunEvent.TrialReleased e) {
            return e.trial() == lease.trial();
        } else if (event instanceof RunEvent.AttemptFailed e) {
            return e.trial() == lease.trial() && e.attempt() == lease.attempt();
        } else if (event instanceof RunEvent.PortionFinished e) {
            return e.trial() == lease.trial() && e.attempt() == lease.attempt();
        } else if (event instanceof RunEvent.TrialFailed e) {
            return e.trial() == lease.trial();
        }
        return event instanceof RunEvent.AttemptDeclined e
                ? e.trial() == lease.trial() && e.attempt() == lease.attempt()
                : event instanceof RunEvent.RunResumed;
    }

    /**
     * Waits until the coordinator has given up an attempt of a process, whichever it had by then.
     *
     * @param sinceMillis an instant of the same clock as the journal's
     * @return milliseconds from then to the first one
     */
    static long givenUpAfter(Member member, long sinceMillis, Path runs) throws TimeoutException {
        AtomicLong at = new AtomicLong();
        until(Duration.ofSeconds(600), "attempt of " + member.output().getFileName() + " that is given up", () -> {
            at.set(givenUpAt(member, sinceMillis, runs));
            return at.get() > 0;
        });
        return at.get() - sinceMillis;
    }

    private static long givenUpAt(Member member, long sinceMillis, Path runs) {
        Map<Lease, RunEvent.Leasing> leases = new HashMap<>();
        for (RunEvent event : events(runs)) {
            if (event instanceof RunEvent.Leasing leased) {
                leases.put(new Lease(leased.trial(), leased.attempt()), leased);
            } else if (event instanceof RunEvent.AttemptFailed failed
                    && failed.atMillis() >= sinceMillis
                    && isOf(leases.get(new Lease(failed.trial(), failed.attempt())), member)) {
                return failed.atMillis();
            } else if (event instanceof RunEvent.AttemptDeclined silent
                    && silent.atMillis() >= sinceMillis
                    && isOf(leases.get(new Lease(silent.trial(), silent.attempt())), member)) {
                return silent.atMillis();
            }
        }
        return 0;
    }

    private static boolean isOf(RunEvent.@Nullable Leasing lease, Member member) {
        return lease != null
                && lease.worker().contains("-pid" + member.process().pid() + "-");
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
