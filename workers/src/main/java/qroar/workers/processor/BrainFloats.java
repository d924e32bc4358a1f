package qroar.workers.processor;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whether a processor multiplies bfloat16 by itself: {@code avx512_bf16} or {@code amx_bf16} among the flags of x86-64,
 * {@code bf16} among the features of arm64, as Linux lists them in {@code /proc/cpuinfo}. Where the system does not tell,
 * it does not: widened products are slower, never wrong.
 *
 * <p>oneDNN, which does the products, keeps to older instructions where the environment says so, and emulates bfloat16 with them: on
 * an EPYC of the fifth generation under {@code ONEDNN_MAX_CPU_ISA=AVX2} SmolLM2-135M read 98 tokens per cpu-second, 341 in float32 and
 * 1067 without that word.
 */
public final class BrainFloats {
    private static final Set<String> LISTS = Set.of("flags", "Features");
    private static final Set<String> WORDS = Set.of("avx512_bf16", "amx_bf16", "bf16");
    /** Limits of oneDNN under which it has no products of bfloat16. */
    private static final Set<String> OLDER_ISA =
            Set.of("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI");

    private static final boolean HERE = in(ProcessorName.cpuInfo()) && !areForbidden(System.getenv());

    private BrainFloats() {}

    /** Of this machine, as its environment lets it. */
    public static boolean hereAreNative() {
        return HERE;
    }

    /** @param environment of this process, as oneDNN reads it; words that it does not know change nothing */
    static boolean areForbidden(Map<String, String> environment) {
        return Stream.of("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
                .map(environment::get)
                .filter(word -> word != null && !word.isEmpty())
                .limit(1)
                .anyMatch(word -> OLDER_ISA.contains(word.toUpperCase(Locale.ROOT)));
    }

    /** @param cpuInfo content of {@code /proc/cpuinfo}, empty where there is none; its first processor counts */
    static boolean in(String cpuInfo) {
        return cpuInfo.lines()
                .takeWhile(line -> !line.isBlank())
                .filter(line -> line.indexOf(':') > 0
                        && LISTS.contains(line.substring(0, line.indexOf(':')).strip()))
                .flatMap(line -> Arrays.stream(
                        line.substring(line.indexOf(':') + 1).strip().split(" +")))
                .anyMatch(WORDS::contains);
    }
}
