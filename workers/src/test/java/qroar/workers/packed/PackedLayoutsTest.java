package qroar.workers.packed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.workers.golden.GoldenTensors;
import qroar.workers.golden.Numbers;

/**
 * Files packed by the formats' own libraries (see {@code golden/formats/generate.py}) un-pack to the weights that these
 * compute, to the bit, and what was un-packed packs to the same words.
 */
class PackedLayoutsTest {
    private static final Path FORMATS = Path.of("src/test/resources/golden/formats");

    private static void assertSameBits(float[] weights, float[] expected) {
        Numbers.assertSameBits("weights", weights, expected);
    }

    /** Packing is the way back: the libraries' own words. */
    private static void assertSameWords(PackedWords packed, PackedWords expected) {
        assertThat(packed.codes()).containsExactly(expected.codes());
        assertThat(packed.zeros()).containsExactly(expected.zeros());
        assertThat(packed.scales()).containsExactly(expected.scales());
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 96})
    void awq(int group) {
        GoldenTensors golden = GoldenTensors.read(FORMATS.resolve("awq.safetensors"));
        String name = "g" + group + ".";
        int out = (int) golden.shape(name + "w")[0];
        int in = (int) golden.shape(name + "w")[1];
        PackedWords words = new PackedWords(
                golden.integers(name + "qweight"), golden.integers(name + "qzeros"), golden.floats(name + "scales"));
        GroupCodes codes = AwqGemm.unpack(words, out, in, group);
        assertSameBits(codes.dequantized(), golden.floats(name + "w"));
        assertSameWords(AwqGemm.pack(codes), words);
    }

    static Stream<String> gptqCases() {
        return IntStream.of(2, 3, 4, 8)
                .boxed()
                .flatMap(bits -> Stream.of("g32", "act", "row")
                        .flatMap(grouping -> Stream.of("v1", "v2").map(v -> "b" + bits + "." + grouping + "." + v)));
    }

    @ParameterizedTest
    @MethodSource("gptqCases")
    void gptq(String name) {
        GoldenTensors golden = GoldenTensors.read(FORMATS.resolve("gptq.safetensors"));
        int out = (int) golden.shape(name + ".w")[0];
        int in = (int) golden.shape(name + ".w")[1];
        int groups = (int) golden.shape(name + ".scales")[0];
        GptqLayout layout = new GptqLayout(
                name.charAt(1) - '0', name.endsWith("v1") ? GptqLayout.Zeros.MINUS_ONE : GptqLayout.Zeros.AS_IS);
        PackedWords words = new PackedWords(
                golden.integers(name + ".qweight"), golden.integers(name + ".qzeros"), golden.floats(name + ".scales"));
        GroupCodes codes = layout.unpack(words, golden.integers(name + ".g_idx"), out, in, groups);
        assertSameBits(codes.dequantized(), golden.floats(name + ".w"));
        assertSameWords(layout.pack(codes), words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"b4.g32.sym", "b4.g32.asym", "b8.row.sym", "b8.g32.asym", "b4.row.narrow", "b4.act"})
    void compressedTensors(String name) {
        GoldenTensors golden = GoldenTensors.read(FORMATS.resolve("compressed-tensors.safetensors"));
        int out = (int) golden.shape(name + ".w")[0];
        int in = (int) golden.shape(name + ".w")[1];
        int groups = (int) golden.shape(name + ".weight_scale")[1];
        int[] groupOfColumn = golden.has(name + ".weight_g_idx")
                ? golden.integers(name + ".weight_g_idx")
                : IntStream.range(0, in).map(column -> column / (in / groups)).toArray();
        CompressedLayout layout = new CompressedLayout(name.charAt(1) - '0');
        int[] words = golden.integers(name + ".weight_packed");
        float[] scales = golden.floats(name + ".weight_scale");
        int[] zeros = golden.has(name + ".weight_zero_point") ? golden.integers(name + ".weight_zero_point") : null;
        GroupCodes codes = layout.unpack(words, scales, zeros, groupOfColumn, out, in, groups);
        assertSameBits(codes.dequantized(), golden.floats(name + ".w"));
        assertThat(codes.isSymmetric()).isEqualTo(zeros == null);
        PackedWords packed = layout.pack(codes);
        assertSameWords(packed, new PackedWords(words, zeros == null ? packed.zeros() : zeros, scales));
        assertThat(golden.integers(name + ".weight_shape")).containsExactly(out, in);
    }

    @Test
    void aFieldMayStraddleWords() {
        int[] words = {0xC0000000, 0x00000001};
        assertThat(BitFields.get(words, 0, 1, 3, 10)).isEqualTo(7);
        assertThat(BitFields.words(32, 3)).isEqualTo(3);
    }
}
