import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Gathers what the jars of a release are under, and their sums. Run from its source by the build of a release:
 * {@code java Licences.java LICENSES OUT JAR-OR-FOLDER...}. Ends with 1 where a jar has no line in {@code jars.tsv}, or a line
 * promises a text that is not there.
 */
final class Licences {
    private static final Pattern NOTICE =
            Pattern.compile("(?i)(META-INF/)?([^/]*/)*(.*-)?(LICENSE|LICENCE|NOTICE|COPYING)([._][^/]*)?");

    private record Line(PathMatcher jars, String licence, String text) {}

    public static void main(String[] arguments) throws IOException, NoSuchAlgorithmException {
        Path licenses = Path.of(arguments[0]);
        Path out = Path.of(arguments[1]);
        List<Line> lines = new ArrayList<>();
        for (String line : Files.readAllLines(licenses.resolve("jars.tsv"))) {
            if (!line.startsWith("#")) {
                String[] words = line.split("\t", -1);
                lines.add(new Line(FileSystems.getDefault().getPathMatcher("glob:" + words[0]), words[1], words[2]));
            }
        }
        Files.createDirectories(out.resolve("licenses"));
        StringBuilder table = new StringBuilder("""
                qroar is under the Apache License 2.0 (LICENSE). It comes with these libraries, whose licences and notices
                lie in licenses/; where no file is named, the text is that of LICENSE.

                """);
        StringBuilder sums = new StringBuilder();
        List<String> wrong = new ArrayList<>();
        for (Path jar : jars(List.of(arguments).subList(2, arguments.length))) {
            String name = jar.getFileName().toString();
            sums.append(sum(jar)).append("  ").append(name).append('\n');
            String artifact = name.replaceFirst("(_2\\.13)?-[0-9][^/]*$", "").replaceFirst("\\.jar$", "");
            Line line = lines.stream().filter(each -> each.jars().matches(Path.of(artifact))).findFirst().orElse(null);
            if (line == null) {
                wrong.add(name + ": no line in jars.tsv");
                continue;
            }
            List<String> texts = unpack(jar, artifact, out.resolve("licenses"));
            if (line.text().equals("jar")) {
                if (texts.isEmpty()) {
                    wrong.add(name + ": no licence in the jar");
                }
            } else if (!line.text().equals("-")) {
                if (!Files.isRegularFile(licenses.resolve(line.text()))) {
                    wrong.add(name + ": no file " + line.text());
                }
                texts.add(0, line.text());
            }
            table.append(name).append(": ").append(line.licence());
            table.append(texts.isEmpty() ? "" : " (" + String.join(", ", texts) + ")").append('\n');
        }
        wrong.forEach(System.err::println);
        if (!wrong.isEmpty()) {
            System.exit(1);
        }
        Files.writeString(out.resolve("NOTICE"), table);
        Files.writeString(out.resolve("jars.sha256"), sums);
    }

    private static Iterable<Path> jars(List<String> places) throws IOException {
        TreeMap<String, Path> jars = new TreeMap<>();
        for (String place : places) {
            if (Files.isDirectory(Path.of(place))) {
                try (var files = Files.newDirectoryStream(Path.of(place), "*.jar")) {
                    files.forEach(file -> jars.put(file.getFileName().toString(), file));
                }
            } else {
                jars.put(Path.of(place).getFileName().toString(), Path.of(place));
            }
        }
        return jars.values();
    }

    private static List<String> unpack(Path jar, String artifact, Path out) throws IOException {
        List<String> unpacked = new ArrayList<>();
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
                if (!entry.isDirectory() && !entry.getName().endsWith(".class") && NOTICE.matcher(entry.getName()).matches()) {
                    String name = artifact + "/" + entry.getName().replace("META-INF/", "").replace('/', '-');
                    Files.createDirectories(out.resolve(artifact));
                    try (InputStream in = zip.getInputStream(entry)) {
                        Files.write(out.resolve(name), in.readAllBytes());
                    }
                    unpacked.add(name);
                }
            }
        }
        return unpacked;
    }

    private static String sum(Path file) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
