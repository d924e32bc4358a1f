package qroar.orchestrator.app.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.quantization.QuantizationText;

class EngineGuardTest {
    @TempDir
    private Path folder = Path.of("");

    private RunDirectory run() {
        return RunDirectory.open(
                folder, RunManifest.of("guarded", "0123456789abcdef", Map.of("model", "m"), Instant.EPOCH));
    }

    private static List<WorkerProfile> workers(String... engines) {
        return Arrays.stream(engines)
                .map(engine -> new WorkerProfile("w-" + engine, "cpu", 1, 1, engine))
                .toList();
    }

    @Test
    void oneKindOfMachineIsNoNews() {
        EngineGuard first = EngineGuard.of(run(), List.of());
        first.see(workers("avx2", "avx2"));
        assertThat(first.notes()).isEmpty();
        EngineGuard resumed = EngineGuard.of(run(), List.of());
        resumed.see(workers("avx2"));
        assertThat(resumed.notes()).isEmpty();
    }

    @Test
    void aMixIsToldFromThenOn() {
        EngineGuard first = EngineGuard.of(run(), List.of());
        first.see(workers("avx2"));
        EngineGuard resumed = EngineGuard.of(run(), List.of());
        resumed.see(workers("avx512", "avx512"));
        assertThat(resumed.notes()).singleElement().asString().contains("[avx2], [avx512]");
        EngineGuard back = EngineGuard.of(run(), List.of());
        back.see(workers("avx2"));
        assertThat(back.notes()).isEqualTo(resumed.notes());
    }

    @Test
    void kernelsThatAWorkerCouldNotTellAreNoOthers() {
        EngineGuard first = EngineGuard.of(run(), List.of());
        first.see(workers("PyTorch 2, unknown kernels, EPYC"));
        first.see(workers("PyTorch 2, AVX2 kernels, EPYC"));
        assertThat(first.notes()).isEmpty();
        first.see(workers("PyTorch 2, AVX2 kernels, Xeon"));
        assertThat(first.notes()).singleElement().asString().contains("Xeon");
    }

    @Test
    void calibratedModelsMayDifferByMore() {
        EngineGuard rounding = EngineGuard.of(run(), List.of(QuantizationText.parse("rtn:bits=4,group=32")));
        rounding.see(workers("avx2", "avx512"));
        assertThat(rounding.notes())
                .singleElement()
                .asString()
                .contains("last digits")
                .doesNotContain("GPTQ");
        assertThat(EngineGuard.of(run(), List.of(QuantizationText.parse("awq:bits=4,group=32")))
                        .notes())
                .singleElement()
                .asString()
                .contains("AWQ or GPTQ");
    }

    @Test
    void aLongListIsCut() {
        EngineGuard guard = EngineGuard.of(run(), List.of());
        guard.see(workers("a", "b", "c", "d", "e", "f"));
        assertThat(guard.notes()).singleElement().asString().endsWith("[a], [b], [c], [d], 2 more");
    }

    @Test
    void aRecordThatCannotBeReadStopsNothing() throws IOException {
        Path file = run().path().resolve("engines.json");
        for (String content : List.of("", "null", "{", "[]", "{\"format\":1,\"engines\":[null]}", "{\"engines\":3}")) {
            Files.writeString(file, content);
            EngineGuard guard = EngineGuard.of(run(), List.of());
            assertThat(guard.notes()).as(content).isEmpty();
            guard.see(workers("avx2"));
            assertThat(guard.notes()).as(content).isEmpty();
            assertThat(file).content().contains("\"avx2\"");
        }
    }
}
