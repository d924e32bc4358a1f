package qroar.workers.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.workers.memory.DeviceMemory.Reading;
import qroar.workers.torch.TorchDevice;

class DeviceMemoryTest {
    private static final long MIB = 1L << 20;

    @TempDir
    Path root;

    private void file(String path, String content) {
        try {
            Path file = root.resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void machine() {
        file("proc/meminfo", "MemTotal:       8388608 kB\nMemFree:         100 kB\nMemAvailable:   6291456 kB\n");
        file("proc/self/status", "Name:\tjava\nVmRSS:\t 900000 kB\nRssAnon:\t  524288 kB\n");
    }

    @Test
    void theHostCountsPageCacheAsFreeAndEverybodyElseAsOthers() {
        machine();
        assertThat(new HostMemory(root).read()).isEqualTo(new Reading(8192 * MIB, 6144 * MIB, 1536 * MIB));
    }

    @Test
    void theTightestGroupCounts() {
        machine();
        file("proc/self/cgroup", "0::/user/job\n");
        file("sys/fs/cgroup/user/memory.max", (4096 * MIB) + "\n");
        file("sys/fs/cgroup/user/memory.current", (3072 * MIB) + "\n");
        file(
                "sys/fs/cgroup/user/memory.stat",
                "anon 5\ninactive_file " + 768 * MIB + "\nactive_file " + 256 * MIB + "\n");
        file("sys/fs/cgroup/user/job/memory.max", "max\n");
        file("sys/fs/cgroup/user/job/memory.current", (3072 * MIB) + "\n");
        assertThat(new HostMemory(root).read()).isEqualTo(new Reading(4096 * MIB, 2048 * MIB, 1536 * MIB));
    }

    @Test
    void groupsOfTheFirstVersionCountToo() {
        machine();
        file("proc/self/cgroup", "4:memory:/job\n1:cpu:/\n0::/\n");
        file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        file("sys/fs/cgroup/memory/memory.usage_in_bytes", "5\n");
        file("sys/fs/cgroup/memory/job/memory.limit_in_bytes", (2048 * MIB) + "\n");
        file("sys/fs/cgroup/memory/job/memory.usage_in_bytes", (1024 * MIB) + "\n");
        file(
                "sys/fs/cgroup/memory/job/memory.stat",
                "active_file 7\ntotal_inactive_file " + 64 * MIB + "\ntotal_active_file " + 192 * MIB + "\n");
        assertThat(new HostMemory(root).read())
                .as("what others hold outside the group is not taken from its limit")
                .isEqualTo(new Reading(2048 * MIB, 1280 * MIB, 1536 * MIB, (1280 + 512) * MIB));
    }

    @Test
    void thisMachineHasMemoryThatIsFree() {
        Reading here = DeviceMemory.of(TorchDevice.CPU).read();
        assertThat(here.total()).isGreaterThan(256 * MIB);
        assertThat(here.free()).isPositive().isLessThanOrEqualTo(here.total());
    }

    private static GpuMemory gpu(String processes, List<String> asked) {
        return new GpuMemory(
                TorchDevice.ofWord("gpu:0"),
                "GPU-8f2e",
                command -> {
                    asked.add(String.join(" ", command));
                    return command.get(2).contains("memory.total") ? "24564, 15000, 9564\n" : processes;
                },
                4711);
    }

    @Test
    void aCardThatComputesForOthersIsBusyAndOneThatDoesNotTellIsNot() throws InterruptedException {
        for (String busy : List.of("97\n", "100", " 50 \n3\n")) {
            assertThat(CardLoad.isBusy(busy)).as(busy).isTrue();
        }
        for (String notKnown :
                List.of("0\n", "49", "[N/A]\n", "[Not Supported]", "", "No devices were found\n", "1000")) {
            assertThat(CardLoad.isBusy(notKnown)).as(notKnown).isFalse();
        }
        assertThat(CardLoad.isBusy(null)).as("no such tool").isFalse();

        List<String> asked = Collections.synchronizedList(new ArrayList<>());
        GpuMemory card = new GpuMemory(
                TorchDevice.ofWord("gpu:0"),
                "GPU-8f2e",
                command -> {
                    asked.add(String.join(" ", command));
                    return "98\n";
                },
                4711);
        while (!card.isComputing()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        assertThat(asked)
                .first()
                .isEqualTo("nvidia-smi --id=GPU-8f2e --query-gpu=utilization.gpu --format=csv,noheader,nounits");
        assertThat(DeviceMemory.of(TorchDevice.CPU).isComputing()).isFalse();
    }

    @Test
    void theDriverTellsWhatOtherProcessesHold() {
        List<String> asked = new ArrayList<>();
        assertThat(gpu("123, 3000\n4711, 6000\n", asked).read())
                .isEqualTo(new Reading(24564 * MIB, 15000 * MIB, 3564 * MIB));
        assertThat(asked)
                .containsExactly(
                        "nvidia-smi --id=GPU-8f2e --query-gpu=memory.total,memory.free,memory.used"
                                + " --format=csv,noheader,nounits",
                        "nvidia-smi --id=GPU-8f2e --query-compute-apps=pid,used_memory --format=csv,noheader,nounits");
        assertThat(gpu("", new ArrayList<>()).read().others())
                .as("a container that sees no processes")
                .isEqualTo(9564 * MIB);
        assertThat(gpu("4711, [N/A]\n", new ArrayList<>()).read().others()).isEqualTo(9564 * MIB);
    }
}
