package qroar.workers.torch;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the CUDA runtime lies, which DJL asks for a device's memory and kind through JNA. A PyTorch installed by pip brings
 * it under a name with a version ({@code nvidia/cuda_runtime/lib/libcudart.so.12}, {@code nvidia/cu13/lib/libcudart.so.13}),
 * and JNA takes such names only in folders that it was told of, which {@code LD_LIBRARY_PATH} does not do.
 */
final class CudaRuntime {
    private static final String LIBRARY = "cudart";
    private static final String FILES = "lib" + LIBRARY + ".so*";

    private CudaRuntime() {}

    /** Tells JNA; before DJL looks. */
    static void announce() {
        String torch = System.getProperty("PYTORCH_LIBRARY_PATH", System.getenv("PYTORCH_LIBRARY_PATH"));
        for (Path folder : folders(torch, System.getenv("LD_LIBRARY_PATH"))) {
            NativeLibrary.addSearchPath(LIBRARY, folder.toString());
        }
    }

    /**
     * Folders that hold the library, the likeliest first.
     *
     * @param torch {@code torch/lib} of an installation, null for none; a list of paths is read as DJL does
     * @param loaderPath {@code LD_LIBRARY_PATH}, null where it is not set
     */
    static List<Path> folders(@Nullable String torch, @Nullable String loaderPath) {
        List<Path> candidates = new ArrayList<>();
        for (Path lib : paths(torch)) {
            candidates.add(lib);
            Path site = lib.toAbsolutePath().normalize().resolve("../..").normalize();
            candidates.addAll(children(site.resolve("nvidia"), "*").stream()
                    .map(part -> part.resolve("lib"))
                    .toList());
        }
        candidates.addAll(paths(loaderPath));
        return candidates.stream()
                .filter(folder -> !children(folder, FILES).isEmpty())
                .distinct()
                .toList();
    }

    private static List<Path> paths(@Nullable String list) {
        return list == null
                ? List.of()
                : Arrays.stream(list.split(java.io.File.pathSeparator))
                        .filter(each -> !each.isBlank())
                        .map(Path::of)
                        .toList();
    }

    /** Sorted, for the order of a folder is chance; none where it cannot be read. */
    private static List<Path> children(Path folder, String glob) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
                entries.forEach(found::add);
            } catch (IOException e) {
                return List.of();
            }
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }
}
