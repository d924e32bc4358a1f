package qroar.experiments.definition.yaml;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;
import qroar.protocol.BadInput;
import qroar.protocol.input.HubCache;

/**
 * Finds what the paths of an experiment file mean: {@code ${NAME}} is replaced from the environment, a relative path
 * starts at the file's folder (on the command line at the current one), and a pattern stands for the regular files that match it, sorted by path.
 */
public final class PathLocator {
    /** Folders and files that one pattern may look at; a pattern that needs more was not meant. */
    private static final int MAX_VISITS = 200_000;

    /** The longest path that Linux opens. */
    private static final int MAX_PATH_CHARS = 4096;

    /** Each star may stand for anything, so that matching takes longer with every one. */
    private static final int MAX_WILDCARDS = 16;

    private final Path directory;
    private final Map<String, String> environment;
    /** How many files stand for a pattern that finds none; 0 where everything has to be there. */
    private final int standIns;

    public PathLocator(Path directory, Map<String, String> environment) {
        this(directory, environment, 0);
    }

    /** One that lets things be absent; each file of a pattern then has a name of its own. */
    public PathLocator(Path directory, Map<String, String> environment, int standIns) {
        this.directory = directory;
        this.environment = Map.copyOf(environment);
        this.standIns = standIns;
    }

    /** A checkpoint: a folder, a GGUF file, or the name of a model in the Hugging Face cache. */
    public Path checkpoint(Value value) {
        String text = expanded(value);
        Path named = resolve(value, text);
        HubCache cache = HubCache.of(environment);
        Path path;
        try {
            path = cache.locate(text, named);
        } catch (BadInput e) {
            throw value.bad("names " + Source.quoted(text) + ", and " + e.getMessage());
        }
        boolean isFile = text.endsWith(".gguf") && !Files.isDirectory(path);
        if (standIns == 0 && !(isFile ? Files.isRegularFile(path) : Files.isDirectory(path))) {
            throw value.bad("names " + Source.quoted(text) + ", and there is no " + (isFile ? "file " : "directory ")
                    + path + (Files.exists(path) ? "" : cache.lacks(text)));
        }
        return path;
    }

    public Path file(Value value) {
        String text = expanded(value);
        Path path = resolve(value, text);
        if (Files.isDirectory(path)) {
            throw value.bad("names " + Source.quoted(text) + ", which is a folder; name its files: "
                    + Source.quoted((text.endsWith("/") ? text : text + "/") + "*.txt"));
        }
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw value.bad("names " + Source.quoted(text) + ", which is a device, a pipe or a socket, not a file");
        }
        if (!Files.isRegularFile(path) && standIns == 0) {
            throw value.bad("names " + Source.quoted(text) + ", and there is no file " + path);
        }
        return path;
    }

    /** At least one file. A file whose name is the very text is taken as it is, whatever characters it holds. */
    public List<Path> files(Value value) {
        String text = expanded(value);
        int firstWildcard = wildcard(text);
        if (firstWildcard < 0 || isFile(value, text)) {
            return List.of(file(value));
        }
        long wildcards = text.chars().filter(c -> c == '*' || c == '{').count();
        if (wildcards > MAX_WILDCARDS) {
            throw value.bad("is a file pattern with " + wildcards + " wildcards; at most " + MAX_WILDCARDS);
        }
        int slash = text.lastIndexOf('/', firstWildcard);
        Path base = resolve(value, slash < 0 ? "." : text.substring(0, slash + 1));
        String pattern = text.substring(slash + 1);
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw value.bad("is no valid file pattern: " + Source.quoted(text) + ": " + e.getDescription());
        }
        if (!Files.isDirectory(base) && standIns > 0) {
            return standIns(value, text);
        }
        if (!Files.isDirectory(base)) {
            throw value.bad("names " + Source.quoted(text) + ", and there is no directory " + base);
        }
        int depth = pattern.contains("**")
                ? 32
                : 1 + (int) pattern.chars().filter(c -> c == '/').count();
        List<Path> found = walk(value, base, matcher, depth);
        if (found.isEmpty() && standIns > 0) {
            return standIns(value, text);
        }
        if (found.isEmpty()) {
            throw value.bad("matches no file: " + Source.quoted(text) + " below " + base);
        }
        return found;
    }

    private List<Path> standIns(Value value, String pattern) {
        return IntStream.rangeClosed(1, standIns)
                .mapToObj(number -> resolve(value, pattern + "#" + number))
                .toList();
    }

    private boolean isFile(Value value, String text) {
        try {
            return Files.isRegularFile(folder(value).resolve(text));
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static List<Path> walk(Value value, Path base, PathMatcher matcher, int depth) {
        List<Path> found = new ArrayList<>();
        int[] visits = {0};
        try {
            Files.walkFileTree(base, Set.of(FileVisitOption.FOLLOW_LINKS), depth, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
                    countVisit();
                    return FileVisitResult.CONTINUE;
                }

                private void countVisit() {
                    if (++visits[0] > MAX_VISITS) {
                        throw value.bad("would search more than " + MAX_VISITS + " files and folders below " + base
                                + "; name a narrower folder");
                    }
                }

                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                    countVisit();
                    if (attributes.isRegularFile() && matcher.matches(base.relativize(path))) {
                        found.add(path);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path path, IOException e) {
                    // A folder of someone else's next to the documents is no reason to fail.
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw value.bad("cannot be searched: " + e.getMessage());
        }
        if (found.size() > Value.MAX_ITEMS) {
            throw value.bad("matches " + found.size() + " files; at most " + Value.MAX_ITEMS + " are allowed");
        }
        return found.stream().sorted().toList();
    }

    private static int wildcard(String text) {
        for (int i = 0; i < text.length(); i++) {
            if ("*?[{".indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** Shells complete paths from the current folder. */
    private Path folder(Value value) {
        return value.node().place().isOnCommandLine() ? Path.of("").toAbsolutePath() : directory;
    }

    private Path resolve(Value value, String text) {
        try {
            return folder(value).resolve(text).normalize();
        } catch (InvalidPathException e) {
            throw value.bad("is no valid path: " + Source.quoted(text) + ": " + e.getReason());
        }
    }

    /** Replaces <code>${NAME}</code>; <code>$${</code> stands for a literal <code>${</code>. */
    String expanded(Value value) {
        String text = value.text();
        StringBuilder expanded = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            if (text.startsWith("$${", i)) {
                expanded.append("${");
                i += 3;
            } else if (text.startsWith("${", i)) {
                int end = text.indexOf('}', i);
                if (end < 0) {
                    throw value.bad("has '${' without '}': " + Source.quoted(text));
                }
                expanded.append(variable(value, text.substring(i + 2, end)));
                i = end + 1;
            } else {
                expanded.append(text.charAt(i++));
            }
        }
        if (expanded.length() > MAX_PATH_CHARS) {
            throw value.bad("is a path of " + expanded.length() + " characters; at most " + MAX_PATH_CHARS);
        }
        return expanded.toString();
    }

    private String variable(Value value, String name) {
        if (!name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            throw value.bad("has " + Source.quoted("${" + name + "}") + ", which is no variable name");
        }
        String content = environment.get(name);
        if ((content == null || content.isEmpty()) && standIns > 0) {
            return "${" + name + "}";
        }
        if (content == null || content.isEmpty()) {
            throw value.bad("needs the environment variable " + name + ", which is not set");
        }
        return content;
    }

    /** The inverse of {@link #expanded} for text that holds no variable. */
    public static String escaped(String text) {
        return text.replace("${", "$${");
    }
}
