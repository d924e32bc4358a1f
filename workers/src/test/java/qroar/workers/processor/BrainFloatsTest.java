package qroar.workers.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BrainFloatsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse2 avx512f avx512_bf16 avx512vbmi\n\nprocessor\t: 1\n",
                "processor : 0\nflags : fpu avx512f amx_bf16 amx_tile",
                "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd sve i8mm bf16\nCPU part\t: 0xd4f\n"
            })
    void processorsThatSaySoComputeBrainFloats(String cpuInfo) {
        assertThat(BrainFloats.in(cpuInfo)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "processor\t: 0\nmodel name\t: bf16 avx512_bf16\nflags\t\t: fpu sse2 avx2 avx512f\n",
                "processor\t: 0\nFeatures\t: fp asimd fphp asimdhp\n",
                "processor\t: 0\nflags\t\t: avx2\n\nprocessor\t: 1\nflags\t\t: avx512_bf16\n"
            })
    void othersDoNot(String cpuInfo) {
        assertThat(BrainFloats.in(cpuInfo)).isFalse();
    }

    @Test
    void aLimitOfTheInstructionsForbidsThem() {
        for (String word : List.of("AVX2", "sse41", "AVX512_CORE", "AVX512_CORE_VNNI", "avx2_vnni_2")) {
            assertThat(BrainFloats.areForbidden(Map.of("ONEDNN_MAX_CPU_ISA", word)))
                    .as(word)
                    .isTrue();
            assertThat(BrainFloats.areForbidden(Map.of("DNNL_MAX_CPU_ISA", word)))
                    .as(word)
                    .isTrue();
        }
        for (String word : List.of("", "ALL", "DEFAULT", "AVX512_CORE_BF16", "AVX512_CORE_AMX", "AVX10_1_512", "new")) {
            assertThat(BrainFloats.areForbidden(Map.of("ONEDNN_MAX_CPU_ISA", word)))
                    .as(word)
                    .isFalse();
        }
        assertThat(BrainFloats.areForbidden(Map.of())).isFalse();
        assertThat(BrainFloats.areForbidden(Map.of("ONEDNN_MAX_CPU_ISA", "ALL", "DNNL_MAX_CPU_ISA", "AVX2")))
                .isFalse();
    }
}
