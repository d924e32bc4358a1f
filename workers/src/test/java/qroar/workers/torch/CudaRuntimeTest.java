package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaRuntimeTest {
    @TempDir
    private Path root = Path.of("");

    @Test
    void theRuntimeOfAPipInstallationIsFoundBesideIt() throws IOException {
        Path torch = Files.createDirectories(root.resolve("site-packages/torch/lib"));
        Path twelve = folderWith("site-packages/nvidia/cuda_runtime/lib", "libcudart.so.12");
        Path thirteen = folderWith("site-packages/nvidia/cu13/lib", "libcudart.so.13");
        folderWith("site-packages/nvidia/cudnn/lib", "libcudnn.so.9");
        assertThat(CudaRuntime.folders(torch.toString(), null)).containsExactly(thirteen, twelve);
    }

    @Test
    void theLoadersFoldersCountToo() throws IOException {
        Path toolkit = folderWith("usr/local/cuda/lib64", "libcudart.so");
        assertThat(CudaRuntime.folders(null, root.resolve("missing") + ":" + toolkit + "::"))
                .containsExactly(toolkit);
        assertThat(CudaRuntime.folders(null, null)).isEmpty();
    }

    private Path folderWith(String folder, String file) throws IOException {
        Path made = Files.createDirectories(root.resolve(folder));
        Files.createFile(made.resolve(file));
        return made;
    }
}
