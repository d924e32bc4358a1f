package qroar.orchestrator;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.endtoend.SmallExperiment;

/**
 * The class path of processes that tests start, and an archive in which the JVM finds its classes read and verified: a process
 * loads ten thousand of them, which takes a fifth of its processor time. The build names a folder for it in {@code
 * qroar.children}, and the first test that starts a process fills it; without one, as in the inner loop, processes load their
 * classes as ever. An archive does not go with folders of classes, so these are packed into jars.
 */
public final class ChildClasses {
    private static final int TRAINING_SECONDS = 600;
    private static final List<Path> CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .toList();

    private static @Nullable List<String> archived;

    private ChildClasses() {}

    /** Options of a JVM that runs what users have, without any class of the tests. */
    public static List<String> ofTheProduct() {
        return options(List.of());
    }

    /** Options of a JVM that also has the classes of these tests. */
    public static List<String> andOfTheTests() {
        return options(CLASS_PATH.stream().filter(ChildClasses::isOfTests).toList());
    }

    private static List<String> options(List<Path> more) {
        List<String> options = new ArrayList<>(archived());
        List<Path> paths = new ArrayList<>(List.of(Path.of(options.remove(options.size() - 1))));
        paths.addAll(more);
        options.add(joined(paths));
        return options;
    }

    private static synchronized List<String> archived() {
        if (archived == null) {
            String folder = System.getProperty("qroar.children", "");
            List<Path> product =
                    CLASS_PATH.stream().filter(path -> !isOfTests(path)).toList();
            List<String> plain = List.of("-cp", joined(product));
            try {
                archived = folder.isEmpty() ? plain : archived(Path.of(folder).toAbsolutePath(), product);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (archived == null) {
                return plain;
            }
        }
        return archived;
    }

    private static boolean isOfTests(Path path) {
        return path.endsWith("test-classes");
    }

    private static String joined(List<Path> paths) {
        return String.join(
                File.pathSeparator, paths.stream().map(Path::toString).toList());
    }

    /**
     * The JVMs of one build share it, and the next build makes its own when a class has changed. Null while another JVM fills
     * it: to wait would take longer than to go on without.
     */
    private static @Nullable List<String> archived(Path folder, List<Path> product) throws IOException {
        Files.createDirectories(folder);
        try (FileChannel channel =
                        FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                return null;
            }
            List<Path> packed = new ArrayList<>();
            FileTime newest = FileTime.fromMillis(0);
            for (Path path : product) {
                packed.add(Files.isDirectory(path) ? packed(path, folder, packed.size()) : path);
                FileTime changed = Files.getLastModifiedTime(packed.get(packed.size() - 1));
                newest = changed.compareTo(newest) > 0 ? changed : newest;
            }
            String name = joined(packed) + System.getProperty("java.vm.version");
            Path archive = folder.resolve(Integer.toHexString(name.hashCode()) + ".jsa");
            if (!Files.exists(archive) || Files.getLastModifiedTime(archive).compareTo(newest) < 0) {
                Files.deleteIfExists(archive);
                train(folder, archive, packed);
            }
            return Files.exists(archive)
                    ? List.of("-XX:SharedArchiveFile=" + archive, "-cp", joined(packed))
                    : List.of("-cp", joined(packed));
        }
    }

    private static Path packed(Path classes, Path folder, int place) throws IOException {
        Path jar = folder.resolve(place + ".jar");
        List<Path> files;
        try (Stream<Path> all = Files.walk(classes)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        FileTime newest = files.stream()
                .map(file -> FileTime.fromMillis(file.toFile().lastModified()))
                .max(Comparator.naturalOrder())
                .orElse(FileTime.fromMillis(0));
        if (Files.exists(jar) && Files.getLastModifiedTime(jar).compareTo(newest) > 0) {
            return jar;
        }
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (Path file : files) {
                zip.putNextEntry(
                        new ZipEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        return jar;
    }

    /**
     * Keeps the classes of a small run that others could join; none where the JVM has no archive of its own to add to, or the
     * run fails.
     */
    private static void train(Path folder, Path archive, List<Path> classPath) throws IOException {
        Path place = Files.createTempDirectory(folder, "training");
        Path made = place.resolve("classes.jsa");
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:ArchiveClassesAtExit=" + made,
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx1g",
                        "-Dai.djl.offline=true",
                        "-DRUST_FLAVOR=cpu",
                        "-cp",
                        joined(classPath),
                        "qroar.orchestrator.cli.Main",
                        "coordinator",
                        new SmallExperiment(place).file(),
                        "--listen",
                        "127.0.0.1:" + FreePort.next(),
                        "--runs",
                        place.resolve("runs").toString(),
                        "--workers",
                        "1",
                        "--no-progress")
                .redirectErrorStream(true)
                .redirectOutput(place.resolve("output").toFile())
                .start();
        try {
            if (process.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0 && Files.exists(made)) {
                Files.move(made, archive, StandardCopyOption.REPLACE_EXISTING);
            } else {
                process.destroyForcibly().waitFor();
                System.out.println("no archive of classes: " + Files.readString(place.resolve("output")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
