package qroar.workers.torch;

import java.util.Arrays;
import java.util.Set;

/**
 * Whether a processor multiplies bfloat16 by itself: {@code avx512_bf16} or {@code amx_bf16} among the flags of x86-64,
 * {@code bf16} among the features of arm64, as Linux lists them in {@code /proc/cpuinfo}. Where the system does not tell,
 * it does not: widened products are slower, never wrong.
 */
final class BrainFloats {
    private static final Set<String> LISTS = Set.of("flags", "Features");
    private static final Set<String> WORDS = Set.of("avx512_bf16", "amx_bf16", "bf16");
    private static final boolean HERE = in(ProcessorName.cpuInfo());

    private BrainFloats() {}

    static boolean hereAreNative() {
        return HERE;
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
