package qroar.orchestrator.journal;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.FreePort;

/**
 * A PostgreSQL server of this test's own, on loopback, in a folder that goes with it; or, where {@code
 * QROAR_TEST_POSTGRES} has an address without a password, that one. The server refuses to run as root, so there it runs as
 * {@code postgres} or {@code nobody}.
 */
public final class PostgresServer implements AutoCloseable {
    private static final String ADDRESS = "QROAR_TEST_POSTGRES";
    private static final String FOLDER = "qroar-postgres-";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(300);

    private final String url;
    private final @Nullable Process process;
    private final List<String> as;
    private final @Nullable String folder;

    private PostgresServer(String url, @Nullable Process process, List<String> as, @Nullable String folder) {
        this.url = url;
        this.process = process;
        this.as = as;
        this.folder = folder;
    }

    /** Null where none is installed; one line then says what was not run. */
    public static @Nullable PostgresServer start(String what) throws Exception {
        String given = System.getenv(ADDRESS);
        if (given != null) {
            return new PostgresServer(given, null, List.of(), null);
        }
        Path binaries = binaries();
        if (binaries == null) {
            System.out.println(
                    "PostgreSQL: " + what + " was not run, for no initdb was found and " + ADDRESS + " is not set");
            return null;
        }
        List<String> as = asWhom();
        // Made by whoever the server runs as, for it wants a folder of its own.
        Path template = Path.of(System.getProperty("java.io.tmpdir"), FOLDER + "XXXXXX");
        String folder = output(as, "mktemp", "-d", template.toString()).strip();
        output(as, binaries + "/initdb", "-D", folder, "-U", "qroar", "--auth=trust", "--no-sync", "-E", "UTF8");
        int port = FreePort.next();
        List<String> command = command(
                as,
                binaries + "/postgres",
                "-D",
                folder,
                "-p",
                String.valueOf(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=");
        Path log = Files.createTempFile("qroar-postgres", ".log");
        log.toFile().deleteOnExit();
        Process process = new ProcessBuilder(command)
                .directory(new File("/"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=qroar";
        PostgresServer server = new PostgresServer(url, process, as, folder);
        server.awaitReady(log);
        return server;
    }

    private void awaitReady(Path log) throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try (Connection connection = DriverManager.getConnection(url)) {
                return;
            } catch (SQLException e) {
                boolean dead = process != null && !process.isAlive();
                if (dead || System.nanoTime() > deadline) {
                    close();
                    throw new AssertionError("PostgreSQL did not start: " + Files.readString(log), e);
                }
                LockSupport.parkNanos(50_000_000);
            }
        }
    }

    private static @Nullable Path binaries() throws IOException {
        List<Path> folders = new ArrayList<>(
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(Path::of)
                        .toList());
        Path debian = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(debian)) {
            try (Stream<Path> versions = Files.list(debian)) {
                versions.sorted().forEach(version -> folders.add(version.resolve("bin")));
            }
        }
        return folders.stream()
                .filter(folder ->
                        Files.isExecutable(folder.resolve("initdb")) && Files.isExecutable(folder.resolve("postgres")))
                .findFirst()
                .orElse(null);
    }

    private static List<String> asWhom() throws Exception {
        if (!System.getProperty("user.name").equals("root")) {
            return List.of();
        }
        boolean known = Files.readAllLines(Path.of("/etc/passwd")).stream().anyMatch(u -> u.startsWith("postgres:"));
        return List.of("setpriv", "--reuid=" + (known ? "postgres" : "nobody"), "--clear-groups", "--");
    }

    private static List<String> command(List<String> as, String... words) {
        List<String> command = new ArrayList<>(as);
        command.addAll(List.of(words));
        return command;
    }

    private static String output(List<String> as, String... words) throws Exception {
        Process process = new ProcessBuilder(command(as, words))
                .directory(new File("/"))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", words) + ": " + output);
        }
        return output;
    }

    public String url() {
        return url;
    }

    @Override
    public void close() throws Exception {
        if (process != null) {
            // SIGINT would be its fast way to end; what matters here is that nothing stays.
            process.destroyForcibly().waitFor();
        }
        if (folder != null && String.valueOf(Path.of(folder).getFileName()).startsWith(FOLDER)) {
            output(as, "rm", "-rf", folder);
        }
    }
}
