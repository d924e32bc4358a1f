package qroar.orchestrator.rundirectory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.JournalAddress;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;

/**
 * The folder of one run, {@code <runs>/<name>-<fingerprint prefix>/}: equal experiments meet in the same folder, which is
 * what makes running one again resume it. Immutable; holds no file open.
 */
public final class RunDirectory {
    /** One address in one line. */
    private static final long MAX_LINE_BYTES = 1 << 16;

    private static final String MANIFEST = "run.json";
    private static final String JOURNAL_URL = "journal.url";
    private static final int PREFIX_DIGITS = 12;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final int LISTED = 5;

    private final Path path;
    private final RunManifest manifest;

    private RunDirectory(Path path, RunManifest manifest) {
        this.path = path;
        this.manifest = manifest;
    }

    /** Whether somebody has begun this run in that folder. */
    public static boolean exists(Path runs, RunManifest manifest) {
        requireFileName("name", manifest.name());
        return isRun(place(runs, manifest));
    }

    private static Path place(Path runs, RunManifest manifest) {
        return runs.toAbsolutePath().normalize().resolve(nameOf(manifest));
    }

    /** What the directory of a run is called. */
    public static String nameOf(RunManifest manifest) {
        return manifest.name() + "-" + manifest.fingerprint().substring(0, PREFIX_DIGITS);
    }

    /**
     * The directory of a run, made when it does not exist yet. An existing one keeps its manifest: compare {@link
     * #manifest()} to find what differs.
     *
     * @param runs folder of all runs, made when absent
     * @throws BadInput when the name is no file name, a file is in the way, or the folder cannot be written
     */
    public static RunDirectory open(Path runs, RunManifest manifest) {
        requireFileName("name", manifest.name());
        if (!manifest.fingerprint().matches("[0-9a-f]{" + PREFIX_DIGITS + ",}")) {
            throw new IllegalArgumentException("fingerprint '" + manifest.fingerprint() + "' is no hex digest");
        }
        Path path = place(runs, manifest);
        try {
            Files.createDirectories(path.resolve("scales"));
            Path file = path.resolve(MANIFEST);
            if (!Files.exists(file)) {
                manifest.write(file);
            }
            return new RunDirectory(path, RunManifest.read(file));
        } catch (IOException | UncheckedIOException e) {
            throw new BadInput("run directory " + path + " cannot be made: " + e.getMessage(), e);
        }
    }

    /**
     * The existing run that a person means.
     *
     * @param run path of the directory, or its name within {@code runs}, or the start of one such name
     * @throws BadInput naming the choices when there is none or more than one
     */
    public static RunDirectory find(Path runs, String run) {
        Path direct = asPath(run);
        if (direct != null && isRun(direct)) {
            return at(direct);
        }
        List<RunDirectory> known = list(runs);
        List<RunDirectory> exact =
                known.stream().filter(each -> each.name().equals(run)).toList();
        List<RunDirectory> meant = !exact.isEmpty() || run.isEmpty()
                ? exact
                : known.stream().filter(each -> each.name().startsWith(run)).toList();
        if (meant.size() == 1) {
            return meant.get(0);
        }
        if (meant.isEmpty()) {
            throw new BadInput(
                    "run '" + run + "' is neither a run directory nor one in " + runs + ", which has " + names(known));
        }
        throw new BadInput("run '" + run + "' may mean " + names(meant) + "; give more of the name");
    }

    /** All runs in a folder, sorted by name; none where the folder does not exist. One that is taken away meanwhile is none. */
    public static List<RunDirectory> list(Path runs) {
        try (Stream<Path> entries = Files.list(runs)) {
            return entries.filter(RunDirectory::isRun)
                    .sorted()
                    .flatMap(RunDirectory::ifThere)
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            throw new BadInput("folder of runs " + runs + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Stream<RunDirectory> ifThere(Path path) {
        try {
            return Stream.of(at(path));
        } catch (BadInput refusal) {
            if (refusal.getCause() instanceof NoSuchFileException) {
                return Stream.empty();
            }
            throw refusal;
        }
    }

    /** False once the run was taken away. */
    public boolean isThere() {
        return isRun(path);
    }

    private static RunDirectory at(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        return new RunDirectory(absolute, RunManifest.read(absolute.resolve(MANIFEST)));
    }

    private static boolean isRun(Path path) {
        return Files.isRegularFile(path.resolve(MANIFEST));
    }

    private static @Nullable Path asPath(String run) {
        try {
            return run.isBlank() ? null : Path.of(run);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static String names(List<RunDirectory> runs) {
        if (runs.isEmpty()) {
            return "none";
        }
        String listed = String.join(
                ", ", runs.stream().limit(LISTED).map(RunDirectory::name).toList());
        return runs.size() > LISTED ? listed + " and " + (runs.size() - LISTED) + " more" : listed;
    }

    private static void requireFileName(String key, String value) {
        if (!NAME.matcher(value).matches()) {
            throw new BadInput(key + " '" + value
                    + "' must be usable as a file name: letters, digits, '.', '_' and '-', at most 100, a letter or"
                    + " digit first");
        }
    }

    /**
     * Deletes what an earlier process left half written, and makes the folder of scales, which a copy of a run may lack
     * because it was empty. Only with the run's lock in hand.
     */
    public void deleteLeftovers() {
        try {
            Files.createDirectories(path.resolve("scales"));
            AtomicFile.deleteLeftovers(path, Duration.ZERO);
            AtomicFile.deleteLeftovers(path.resolve("scales"), Duration.ZERO);
        } catch (IOException e) {
            throw new BadInput("run directory " + path + " cannot be cleaned: " + e.getMessage(), e);
        }
    }

    public Path path() {
        return path;
    }

    /** The folder that it shares with other runs, and with their caches. */
    public Path runs() {
        return Objects.requireNonNull(path.getParent());
    }

    /** Name of the folder: experiment and fingerprint prefix. */
    public String name() {
        return String.valueOf(path.getFileName());
    }

    public RunManifest manifest() {
        return manifest;
    }

    /** What makes the folder a run's. */
    public Path manifestFile() {
        return path.resolve(MANIFEST);
    }

    public Path journal() {
        return path.resolve("journal.db");
    }

    /** Address of the database that has the journal; null where it is {@link #journal()}. */
    public @Nullable String journalUrl() {
        String url = InputFile.textIfThere(path.resolve(JOURNAL_URL), MAX_LINE_BYTES);
        return url == null ? null : url.strip();
    }

    /**
     * Says where the journal is to be, before it is begun.
     *
     * @throws BadInput when it is elsewhere already
     */
    public void keepJournalAt(String url) {
        String known = journalUrl();
        if (url.equals(known)) {
            return;
        }
        if (known != null || Files.exists(journal())) {
            String there = known == null ? journal().toString() : JournalAddress.redacted(known);
            throw new BadInput("run " + name() + " has its journal in " + there + " and not in " + url);
        }
        AtomicFile.write(path.resolve(JOURNAL_URL), url + "\n");
    }

    public Path lock() {
        return path.resolve("run.lock");
    }

    /** The experiment as resolved. */
    public Path experiment() {
        return path.resolve("experiment.yaml");
    }

    public Path report() {
        return path.resolve("report.html");
    }

    public Path trials() {
        return path.resolve("trials.csv");
    }

    public Path result() {
        return path.resolve("result.json");
    }

    /** With what the run was computed so far. */
    Path engines() {
        return path.resolve("engines.json");
    }

    public Path log() {
        return path.resolve("qroar.log");
    }

    /** Sidecar with the best scales of one study. */
    public Path scales(String studyId) {
        requireFileName("study", studyId);
        return path.resolve("scales").resolve(studyId + ".json");
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
