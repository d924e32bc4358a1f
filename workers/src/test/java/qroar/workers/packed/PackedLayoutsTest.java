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

/**
 * Files packed by the formats' own libraries (see {@code golden/formats/generate.py}) un-pack to the weights that these
 * compute, to the bit.
 */
class PackedLayoutsTest {
    private static final Path FORMATS = Path.of("src/test/resources/golden/formats");

    private static void assertSameBits(float[] weights, float[] expected) {
        assertThat(weights).usingElementComparator(Float::compare).containsExactly(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 96})
    void awq(int group) {
        GoldenTensors golden = GoldenTensors.read(FORMATS.resolve("awq.safetensors"));
        String name = "g" + group + ".";
        int out = (int) golden.shape(name + "w")[0];
        int in = (int) golden.shape(name + "w")[1];
        float[] weights = AwqGemm.dequantize(
                golden.integers(name + "qweight"),
                golden.integers(name + "qzeros"),
                golden.floats(name + "scales"),
                out,
                in,
                group);
        assertSameBits(weights, golden.floats(name + "w"));
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
        float[] weights = layout.dequantize(
                golden.integers(name + ".qweight"),
                golden.integers(name + ".qzeros"),
                golden.floats(name + ".scales"),
                golden.integers(name + ".g_idx"),
                out,
                in,
                groups);
        assertSameBits(weights, golden.floats(name + ".w"));
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
        float[] weights = new CompressedLayout(name.charAt(1) - '0')
                .dequantize(
                        golden.integers(name + ".weight_packed"),
                        golden.floats(name + ".weight_scale"),
                        golden.has(name + ".weight_zero_point") ? golden.integers(name + ".weight_zero_point") : null,
                        groupOfColumn,
                        out,
                        in,
                        groups);
        assertSameBits(weights, golden.floats(name + ".w"));
        assertThat(golden.integers(name + ".weight_shape")).containsExactly(out, in);
    }

    @Test
    void aFieldMayStraddleWords() {
        int[] words = {0xC0000000, 0x00000001};
        assertThat(BitFields.get(words, 0, 1, 3, 10)).isEqualTo(7);
        assertThat(BitFields.words(32, 3)).isEqualTo(3);
    }
}
