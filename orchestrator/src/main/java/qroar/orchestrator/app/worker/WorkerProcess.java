package qroar.orchestrator.app.worker;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.app.process.InnermostCause;
import qroar.orchestrator.app.process.Listening;
import qroar.orchestrator.app.process.Termination;
import qroar.orchestrator.app.process.TerminationSignals;
import qroar.orchestrator.app.worker.WorkerGuardian.Ending;
import qroar.orchestrator.cluster.Certificates;
import qroar.orchestrator.cluster.ClusterConfig;
import qroar.orchestrator.cluster.Endpoint;
import qroar.orchestrator.console.ExitCode;
import qroar.protocol.BadInput;

/**
 * A process full of workers. Each time it loses its coordinator it starts a new actor system and joins again, so that no
 * state of a lost cluster survives; models stay loaded.
 */
public final class WorkerProcess {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
    private static final long LOOK_MILLIS = 100;
    private static final long BIND_AGAIN_MILLIS = 1_000;
    private static final long LEAVE_SECONDS = 5;
    private static final long LOOK_AT_RUN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Endpoint coordinator;
    private final Certificates certificates;
    private final Endpoint self;
    private final LocalWorkers workers;
    private final @Nullable Duration patience;
    private final BooleanSupplier runIsOver;
    private volatile boolean member;

    /**
     * @param self where the coordinator reaches this process
     * @param patience how long to wait for a coordinator that is not there; null for ever
     * @param runIsOver whether the run is known to be finished, which a process that was away was not told
     */
    public WorkerProcess(
            Listening joining,
            Endpoint self,
            LocalWorkers workers,
            @Nullable Duration patience,
            BooleanSupplier runIsOver) {
        if (joining.certificates() == null) {
            throw new IllegalArgumentException("a worker joins with certificates");
        }
        this.coordinator = joining.endpoint();
        this.certificates = joining.certificates();
        this.self = self;
        this.workers = workers;
        this.patience = patience;
        this.runIsOver = runIsOver;
    }

    /** Whether a coordinator has this process now. */
    public boolean hasJoined() {
        return member;
    }

    /** Works until the run is finished, a signal comes, or patience ends. */
    public ExitCode work() {
        try (TerminationSignals signals = new TerminationSignals()) {
            Solitude solitude = new Solitude();
            say("joining " + coordinator);
            Started started = start();
            while (true) {
                Session session = new Session(started);
                ExitCode end = session.follow(signals, solitude);
                member = false;
                if (end != null) {
                    return end;
                }
                if (session.joined.isDone()) {
                    solitude = new Solitude();
                    say("the coordinator at " + coordinator + " is gone; waiting for it");
                }
                Started next = startAgain(signals, solitude);
                if (next == null) {
                    return solitude.end == null ? ExitCode.INCOMPLETE : solitude.end;
                }
                started = next;
            }
        }
    }

    /** The port may be somebody else's by now; null when the process is to end instead. */
    private @Nullable Started startAgain(TerminationSignals signals, Solitude solitude) {
        boolean told = false;
        while (true) {
            try {
                return start();
            } catch (BadInput taken) {
                if (!told) {
                    told = true;
                    LOG.warn("{}; trying again", taken.getMessage());
                }
            }
            String signal = signals.await(BIND_AGAIN_MILLIS);
            if (signal != null) {
                say("stopped by " + signal);
                return null;
            }
            if (solitude.isOver()) {
                return null;
            }
        }
    }

    /** The time that a worker's process waits without a coordinator, from when it has none until one is there or patience ends. Confined to the thread that works. */
    private final class Solitude {
        private final long since = System.nanoTime();
        private long lookedAt = since;
        private @Nullable ExitCode end;

        /** Whether there is nothing left to wait for; says why, once. */
        boolean isOver() {
            long now = System.nanoTime();
            if (now - lookedAt > LOOK_AT_RUN_NANOS) {
                lookedAt = now;
                if (runIsOver.getAsBoolean()) {
                    say("the run is finished");
                    end = ExitCode.DONE;
                }
            }
            if (end == null && patience != null && now - since > patience.toNanos()) {
                say("no coordinator at " + coordinator + " within " + patience.toSeconds() + " s");
                end = ExitCode.INCOMPLETE;
            }
            return end != null;
        }
    }

    private static void say(String line) {
        System.err.println("qroar: " + line);
    }

    private Config config() {
        return ClusterConfig.worker(self, coordinator, certificates).withFallback(ConfigFactory.load());
    }

    private Started start() {
        CompletableFuture<Boolean> joined = new CompletableFuture<>();
        CompletableFuture<Ending> ending = new CompletableFuture<>();
        try {
            return new Started(
                    ActorSystem.create(WorkerGuardian.create(workers.seats(), joined, ending), "qroar", config()),
                    joined,
                    ending);
        } catch (RuntimeException e) {
            throw new BadInput(
                    "--host " + self.host() + " --port " + self.port() + " cannot be listened on: "
                            + InnermostCause.text(e),
                    e);
        }
    }

    private record Started(
            ActorSystem<WorkerGuardian.Command> system,
            CompletableFuture<Boolean> joined,
            CompletableFuture<Ending> ending) {}

    /** One membership, from joining to losing the coordinator. */
    private final class Session {
        private final ActorSystem<WorkerGuardian.Command> system;
        private final CompletableFuture<Boolean> joined;
        private final CompletableFuture<Ending> ending;
        private boolean said;

        Session(Started started) {
            this.system = started.system;
            this.joined = started.joined;
            this.ending = started.ending;
        }

        /** How the process is to end, or null when another session is to begin. */
        @Nullable ExitCode follow(TerminationSignals signals, Solitude solitude) {
            try {
                while (true) {
                    String signal = signals.await(LOOK_MILLIS);
                    if (signal != null) {
                        say("stopped by " + signal);
                        leave("stopped by " + signal);
                        return ExitCode.INCOMPLETE;
                    }
                    if (ending.isDone()) {
                        return end(ending.join());
                    }
                    if (system.getWhenTerminated().toCompletableFuture().isDone()) {
                        return null;
                    }
                    if (joined.isDone()) {
                        sayJoined();
                    } else if (solitude.isOver()) {
                        return solitude.end;
                    }
                }
            } finally {
                Termination.of(system);
            }
        }

        private @Nullable ExitCode end(Ending how) {
            return switch (how) {
                case RETIRED -> ExitCode.DONE;
                case STORAGE_FAILED -> {
                    leave("on a machine whose storage failed");
                    yield ExitCode.INCOMPLETE;
                }
                case COORDINATOR_GONE -> null;
            };
        }

        /** What this process measures goes back, uncounted; not where a native call keeps it, or nobody answers. */
        private void leave(String reason) {
            if (!joined.isDone()) {
                return;
            }
            CompletableFuture<Boolean> left = new CompletableFuture<>();
            system.tell(new WorkerGuardian.Leave(reason, left));
            try {
                left.get(LEAVE_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.warn("what was measured here was not handed back within {} s", LEAVE_SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void sayJoined() {
            if (!said) {
                said = true;
                member = true;
                say("joined " + coordinator + " with " + workers.seats().size() + " worker"
                        + (workers.seats().size() == 1 ? "" : "s"));
            }
        }
    }
}
