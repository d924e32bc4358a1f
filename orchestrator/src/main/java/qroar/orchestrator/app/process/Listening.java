package qroar.orchestrator.app.process;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.cluster.CertificateAuthority;
import qroar.orchestrator.cluster.Certificates;
import qroar.orchestrator.cluster.ClusterConfig;
import qroar.orchestrator.cluster.Endpoint;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.ResultFile;
import qroar.reports.model.RunState;

/**
 * Where a coordinator listens and by what the processes know each other. Beyond loopback a person must have given
 * certificates; on loopback they are made for the run, in files that only its owner can read, and the authority's key is
 * thrown away: nobody can issue another.
 *
 * @param endpoint of the coordinator
 * @param certificates of this process; null where the run's own are to be used
 */
public record Listening(Endpoint endpoint, @Nullable Certificates certificates) {
    /** One address in one line. */
    private static final long MAX_ADDRESS_BYTES = 1 << 16;

    private static final String FOLDER = "tls";
    private static final String ADDRESS = "address";

    /** @throws BadInput when others could reach the endpoint and nobody said whom to trust */
    static void requireSafe(Endpoint endpoint, @Nullable Path certs) {
        boolean loopback = endpoint.resolved("--listen").isLoopbackAddress();
        if (certs == null && !loopback) {
            throw new BadInput("--listen " + endpoint + " can be reached from other machines, so it needs --certs DIR;"
                    + " qroar certs makes them");
        }
    }

    /**
     * What a coordinator listens by.
     *
     * @param listen {@code HOST:PORT}
     * @param certs folder of this node's certificates; null for those that are made for the run
     * @throws BadInput when that is no address, or not a safe one
     */
    public static Listening on(String listen, @Nullable Path certs) {
        Endpoint endpoint = Endpoint.parse("--listen", listen);
        requireSafe(endpoint, certs);
        return new Listening(endpoint, certs == null ? null : Certificates.in(certs));
    }

    /** What a worker with certificates of its own uses to join. */
    public static Listening toJoin(Endpoint coordinator, Path certs) {
        return new Listening(coordinator, Certificates.in(certs));
    }

    /** @throws BadInput when the coordinator is not on loopback, where a run's own certificates do not reach */
    public static void requireLoopback(Endpoint coordinator) {
        if (!coordinator.resolved("--join").isLoopbackAddress()) {
            throw new BadInput("--join " + coordinator + " is on another machine, so it needs --certs DIR; qroar certs"
                    + " makes them");
        }
    }

    /** What a worker uses to join a run of this machine whose coordinator listens, see {@link #runAt}. */
    public static Listening toJoin(Endpoint coordinator, RunDirectory run) {
        return new Listening(coordinator, Certificates.in(run.path().resolve(FOLDER)));
    }

    /**
     * The run of this machine whose coordinator lives and listens at an address. One that listened there earlier does not
     * count: the next may be another run, with other certificates.
     *
     * @param runs where runs on this machine lie
     * @return null while there is none
     */
    public static @Nullable RunDirectory runAt(Endpoint coordinator, Path runs) {
        return RunDirectory.list(runs).stream()
                .filter(run -> coordinator.toString().equals(text(address(run))))
                .filter(run -> RunLock.holder(run.lock()) != null)
                .findFirst()
                .orElse(null);
    }

    /** Whether a run is finished and left by its coordinator. */
    public static boolean isOver(RunDirectory run) {
        try {
            return Files.exists(run.result())
                    && RunLock.holder(run.lock()) == null
                    && ResultFile.read(run.result()).run().state() == RunState.FINISHED;
        } catch (BadInput unreadable) {
            return false;
        }
    }

    private static Path address(RunDirectory run) {
        return run.path().resolve(FOLDER).resolve(ADDRESS);
    }

    private static @Nullable String text(Path file) {
        try {
            String text = InputFile.textIfThere(file, MAX_ADDRESS_BYTES);
            return text == null ? null : text.strip();
        } catch (BadInput unreadable) {
            return null;
        }
    }

    /** The coordinator's part of the configuration. Only with the run's lock in hand. */
    public Config coordinatorConfig(RunDirectory directory) {
        Path folder = directory.path().resolve(FOLDER);
        Certificates own = certificates == null ? ofRun(folder) : certificates;
        // With certificates from elsewhere nothing has made the folder.
        AtomicFile.writeWithFolder(folder.resolve(ADDRESS), (endpoint + "\n").getBytes(StandardCharsets.UTF_8));
        return ClusterConfig.coordinator(endpoint, own);
    }

    /** Kept while the run lives: its workers hold them when its coordinator is started again. */
    private static Certificates ofRun(Path folder) {
        try {
            return Certificates.in(folder);
        } catch (BadInput missing) {
            try {
                for (String half : new String[] {"ca.crt", "node.crt", "node.key"}) {
                    Files.deleteIfExists(folder.resolve(half));
                }
            } catch (IOException e) {
                throw new BadInput("certificates in " + folder + " cannot be made: " + e.getMessage(), e);
            }
            return CertificateAuthority.create().issue(folder);
        }
    }

    /** What a person types to join. */
    public String joinCommand(RunDirectory directory) {
        return "qroar worker --join " + endpoint + " --certs "
                + (certificates == null ? directory.path().resolve(FOLDER) : "DIR")
                + " --experiment FILE --device cpu";
    }
}
