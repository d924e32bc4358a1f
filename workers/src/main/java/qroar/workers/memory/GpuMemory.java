package qroar.workers.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.workers.torch.TorchDevice;

/**
 * Memory of an NVIDIA device, as {@code nvidia-smi} tells it: it counts what other processes hold, which the runtime
 * inside this one does not. Where the tool lists no processes (inside a container it cannot see them), whatever this
 * process has not told of is taken for another's. Without the tool, the CUDA runtime gives total and free memory, and
 * others are unknown: 0.
 */
final class GpuMemory implements DeviceMemory {
    private static final Logger LOG = LoggerFactory.getLogger(GpuMemory.class);
    private static final long PATIENCE_SECONDS = 10;

    private final TorchDevice device;
    private final String id;
    private final Function<List<String>, @Nullable String> tool;
    private final long ownPid;
    private final CardLoad load = new CardLoad(() -> ask("--query-gpu=utilization.gpu"));
    private boolean complained;

    GpuMemory(TorchDevice device) {
        this(
                device,
                device.driverId(System.getenv("CUDA_VISIBLE_DEVICES")),
                GpuMemory::output,
                ProcessHandle.current().pid());
    }

    /** @param tool runs a command; null when it cannot */
    GpuMemory(TorchDevice device, String id, Function<List<String>, @Nullable String> tool, long ownPid) {
        this.device = device;
        this.id = id;
        this.tool = tool;
        this.ownPid = ownPid;
    }

    @Override
    public Reading read() {
        String memory = ask("--query-gpu=memory.total,memory.free,memory.used");
        long[] figures = memory == null
                ? new long[0]
                : mebibytes(memory.lines().findFirst().orElse(""));
        if (figures.length != 3) {
            complain(memory);
            long total = device.memoryBytes();
            return new Reading(total, Math.max(0, total - device.usedMemoryBytes()), 0);
        }
        return new Reading(figures[0], figures[1], Math.max(0, figures[2] - own()));
    }

    @Override
    public boolean isComputing() {
        return load.isBusy();
    }

    /** What this process holds; 0 where it is not listed. */
    private long own() {
        String processes = ask("--query-compute-apps=pid,used_memory");
        if (processes == null) {
            return 0;
        }
        return processes
                .lines()
                .map(line -> line.split(","))
                .filter(fields -> fields.length == 2
                        && fields[0].strip().equals(Long.toString(ownPid))
                        && fields[1].strip().matches("\\d{1,9}"))
                .mapToLong(fields -> Long.parseLong(fields[1].strip()) << 20)
                .sum();
    }

    private @Nullable String ask(String query) {
        return tool.apply(List.of("nvidia-smi", "--id=" + id, query, "--format=csv,noheader,nounits"));
    }

    private static long[] mebibytes(String line) {
        String[] fields = line.split(",");
        long[] bytes = new long[fields.length];
        for (int i = 0; i < fields.length; i++) {
            if (!fields[i].strip().matches("\\d{1,9}")) {
                return new long[0];
            }
            bytes[i] = Long.parseLong(fields[i].strip()) << 20;
        }
        return bytes;
    }

    private synchronized void complain(@Nullable String answer) {
        if (!complained) {
            complained = true;
            LOG.warn(
                    "nvidia-smi does not tell the memory of {} ({}); what others hold there is not known",
                    device.word(),
                    answer == null ? "it cannot be run" : answer.strip());
        }
    }

    private static @Nullable String output(List<String> command) {
        Path out = null;
        try {
            out = Files.createTempFile("qroar-smi", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return null;
            }
            return process.exitValue() == 0 ? Files.readString(out, StandardCharsets.UTF_8) : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            delete(out);
        }
    }

    private static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException ignored) {
            // A few bytes in the folder for temporary files.
        }
    }
}
