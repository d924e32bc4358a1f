package qroar.workers.gguf;

import static java.util.Map.entry;

import java.util.Map;

/** What ggml calls the types of tensors that are not read here, so that a refusal names them as their makers do. */
final class GgmlNames {
    private static final Map<Integer, String> NAMES = Map.ofEntries(
            entry(4, "Q4_2"),
            entry(5, "Q4_3"),
            entry(9, "Q8_1"),
            entry(10, "Q2_K"),
            entry(11, "Q3_K"),
            entry(15, "Q8_K"),
            entry(16, "IQ2_XXS"),
            entry(17, "IQ2_XS"),
            entry(18, "IQ3_XXS"),
            entry(19, "IQ1_S"),
            entry(20, "IQ4_NL"),
            entry(21, "IQ3_S"),
            entry(22, "IQ2_S"),
            entry(23, "IQ4_XS"),
            entry(24, "I8"),
            entry(25, "I16"),
            entry(26, "I32"),
            entry(27, "I64"),
            entry(28, "F64"),
            entry(29, "IQ1_M"),
            entry(31, "Q4_0_4_4"),
            entry(32, "Q4_0_4_8"),
            entry(33, "Q4_0_8_8"),
            entry(34, "TQ1_0"),
            entry(35, "TQ2_0"),
            entry(36, "IQ4_NL_4_4"),
            entry(37, "IQ4_NL_4_8"),
            entry(38, "IQ4_NL_8_8"),
            entry(39, "MXFP4"),
            entry(40, "NVFP4"),
            entry(41, "Q1_0"));

    private GgmlNames() {}

    /** As a refusal says it: name and number of a type, the number alone where it is newer than this list. */
    static String of(int type) {
        String name = NAMES.get(type);
        String number = "ggml type " + Integer.toUnsignedString(type);
        return name == null ? number : "type " + name + " (" + number + ")";
    }
}
