package qroar.workers.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.Gson;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.OneLine;
import qroar.protocol.Sha256;

/**
 * Which {@code tokenizer.json} files the native library survives. It aborts the whole process on some broken ones, in
 * making the tokenizer or in using it; so each file's content is tried once in a child process (a third of a second),
 * and the answer is kept in this process and in {@link CacheFolder}.
 */
final class ProvenTokenizers {
    private static final Logger LOG = LoggerFactory.getLogger(ProvenTokenizers.class);

    /** The largest tokenizers take a few seconds; a machine may be busy. */
    private static final long PATIENCE_SECONDS = 120;

    /** Of what a crash says; its reason is in the first lines. */
    private static final int MAX_STDERR_BYTES = 1 << 16;

    /** Exit code of a JVM that ends with an exception: nothing was learnt about the tokenizer. */
    private static final int JAVA_FAILED = 1;

    private static final String SOUND = "sound";

    /** Answers of this process by digest; a process opens a handful of tokenizers. */
    private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();

    private ProvenTokenizers() {}

    /**
     * Tries a tokenizer unless that was done before.
     *
     * @return null when it is sound, or cannot be tried; otherwise what is wrong
     */
    static @Nullable String problem(String json) {
        String digest = digest(json);
        String answer = KNOWN.get(digest);
        if (answer == null) {
            answer = CacheFolder.read("tokenizers", digest);
        }
        if (answer == null || answer.isBlank()) {
            answer = tried(json);
            if (answer != null) {
                CacheFolder.write("tokenizers", digest, answer);
            }
        }
        if (answer == null) {
            return null;
        }
        KNOWN.put(digest, answer);
        return answer.equals(SOUND) ? null : answer;
    }

    /** {@link #SOUND}, what is wrong, or null where no child can be had: the product worked without one before. */
    private static @Nullable String tried(String json) {
        Process child;
        try {
            child = start();
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("the tokenizer is used untried, because no child process can be started: {}", e.toString());
            return null;
        }
        CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> said(child));
        try {
            try (OutputStream in = child.getOutputStream()) {
                in.write(json.getBytes(StandardCharsets.UTF_8));
            } catch (IOException endedEarly) {
                LOG.debug("the child did not read its tokenizer", endedEarly);
            }
            if (!child.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return "is not ready to encode within " + PATIENCE_SECONDS + " seconds";
            }
            return answer(child.exitValue(), said.join());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            child.destroyForcibly();
        }
    }

    private static @Nullable String answer(int code, String said) {
        if (code == 0) {
            return SOUND;
        }
        if (code == JAVA_FAILED) {
            LOG.warn("the tokenizer is used untried: {}", OneLine.of(said));
            return null;
        }
        return "breaks the tokenizer library, which ends with code " + code + reason(said);
    }

    /** The line after the one that says where it panicked, or the first line. */
    private static String reason(String said) {
        List<String> lines = said.lines().filter(line -> !line.isBlank()).toList();
        for (int i = 0; i + 1 < lines.size(); i++) {
            if (lines.get(i).contains("panicked at")) {
                return ": " + OneLine.value(lines.get(i + 1));
            }
        }
        return "";
    }

    private static Process start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + File.separator + "dev" + File.separator + "null"));
        System.getProperties().forEach((key, value) -> {
            if (isPassedOn(key.toString())) {
                command.add("-D" + key + "=" + value);
            }
        });
        command.addAll(List.of("-cp", classPath(), TokenizerProbe.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectErrorStream(true);
        builder.environment().put("RUST_BACKTRACE", "0");
        return builder.start();
    }

    /** What says where native libraries are and how they are loaded. */
    private static boolean isPassedOn(String property) {
        return property.startsWith("ai.djl.")
                || property.startsWith("DJL_")
                || property.startsWith("ENGINE_")
                || property.startsWith("RUST_")
                || property.startsWith("qroar.")
                || property.equals("java.io.tmpdir")
                || property.equals("java.library.path");
    }

    /** The few archives that the probe needs; all of this process's where they cannot be told apart. */
    private static String classPath() {
        Set<String> places = new LinkedHashSet<>();
        for (Class<?> needed : List.of(
                TokenizerProbe.class,
                HuggingFaceTokenizer.class,
                ai.djl.util.Platform.class,
                Gson.class,
                Logger.class)) {
            CodeSource source = needed.getProtectionDomain().getCodeSource();
            try {
                if (source == null) {
                    return System.getProperty("java.class.path");
                }
                places.add(Path.of(source.getLocation().toURI()).toString());
            } catch (URISyntaxException | IllegalArgumentException e) {
                return System.getProperty("java.class.path");
            }
        }
        return String.join(File.pathSeparator, places);
    }

    private static String said(Process child) {
        try {
            byte[] start = child.getInputStream().readNBytes(MAX_STDERR_BYTES);
            child.getInputStream().transferTo(OutputStream.nullOutputStream());
            return new String(start, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private static String digest(String json) {
        return Sha256.hex(TokenizerProbe.VERSION + " " + System.getProperty("os.arch") + " " + library() + "\n" + json);
    }

    /** The archive that the native library comes out of: another version may stand more, or less. */
    private static String library() {
        CodeSource source = HuggingFaceTokenizer.class.getProtectionDomain().getCodeSource();
        return source == null
                ? ""
                : String.valueOf(Path.of(source.getLocation().getPath()).getFileName());
    }

    /** For tests: whether an answer is there without a child. */
    static boolean isKnown(String json) {
        return CacheFolder.read("tokenizers", digest(json)) != null;
    }

    /** For tests: as in a process that has just begun. */
    static void forget() {
        KNOWN.clear();
    }
}
