package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import qroar.workers.config.ModelConfig;
import qroar.workers.proof.ModelShape;

class BenchForwardCommandTest {
    @Test
    void everyKindOfPassIsARow() {
        CommandRun run = CommandRun.of(
                "bench",
                "forward",
                "--shape",
                "tiny",
                "--length",
                "300",
                "--precision",
                "float32,bfloat16",
                "--order",
                "document,layer",
                "--passes",
                "1",
                "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode result = run.json();
        List<String> kinds = new ArrayList<>();
        ModelConfig config = ModelShape.of("tiny");
        for (JsonNode row : result.get("rows")) {
            kinds.add(row.get("precision").textValue() + " " + row.get("length") + " "
                    + row.get("order").textValue());
            int length = row.get("length").intValue();
            double seconds = length / row.get("tokensPerCpuSecond").doubleValue();
            assertThat(row.get("shareOfMatrixRate").doubleValue())
                    .isCloseTo(
                            ModelShape.operations(config, length)
                                    / seconds
                                    / row.get("matrixFlops").doubleValue(),
                            withinPercentage(0.001));
            // No clock ran too coarsely: neither is faster than the products that it consists of, by much.
            assertThat(row.get("shareOfMatrixRate").doubleValue()).isBetween(1e-6, 2.0);
            assertThat(row.get("tokensPerSecond").doubleValue()).isPositive();
        }
        assertThat(kinds)
                .containsExactly(
                        "float32 300 document", "float32 300 layer", "bfloat16 300 document", "bfloat16 300 layer");
        assertThat(result.get("engine").textValue()).startsWith("PyTorch");
    }

    @Test
    void shapesAreKnownByNameOrReadFromAConfig() {
        assertThat(ModelShape.parameters(ModelShape.of("llama-2-7b"))).isEqualTo(6_738_415_616L);
        assertThat(ModelShape.parameters(ModelShape.of("llama-2-13b"))).isEqualTo(13_015_864_320L);
        assertThat(ModelShape.parameters(ModelShape.of("llama-2-70b"))).isEqualTo(68_976_648_192L);
        assertThat(ModelShape.parameters(ModelShape.of("llama-3.1-8b"))).isEqualTo(8_030_261_248L);
        assertThat(ModelShape.parameters(ModelShape.of("tinyllama"))).isEqualTo(1_100_048_384L);
        assertThat(ModelShape.parameters(ModelShape.of("smollm2-135m"))).isEqualTo(134_515_008L);
        ModelConfig read = ModelShape.of(
                CommandRun.GOLDEN.resolve("checkpoints/tiny-mistral").toString());
        assertThat(read.attentionWindow(0)).isEqualTo(96);
        // One token sees itself; three in a window of 2 see 1, 2 and 2.
        ModelConfig tiny = ModelShape.of("tiny");
        assertThat(ModelShape.operations(tiny, 2) - 2 * ModelShape.operations(tiny, 1))
                .isEqualTo(4.0 * tiny.layerCount() * tiny.headCount() * tiny.headDim());
    }

    @Test
    void wrongShapesLengthsAndTypesAreRefusedInOneLine() {
        CommandRun shape = CommandRun.of("bench", "forward", "--shape", "llama-9");
        assertThat(shape.code()).isEqualTo(2);
        assertThat(shape.err()).contains("shape 'llama-9' is neither a folder with a config.json nor one of d1024");
        CommandRun length = CommandRun.of("bench", "forward", "--shape", "tiny", "--length", "1");
        assertThat(length.code()).isEqualTo(2);
        assertThat(length.err()).contains("--length 1 must lie between 2 and 1048576");
        CommandRun type = CommandRun.of("bench", "forward", "--shape", "tiny", "--precision", "int8");
        assertThat(type.code()).isEqualTo(2);
        assertThat(type.err()).contains("precision 'int8' is unknown");
        CommandRun room = CommandRun.of("bench", "forward", "--shape", "llama-2-7b", "--memory", "500M");
        assertThat(room.code()).isEqualTo(4);
        assertThat(room.err()).contains("500.0 MiB to use (--memory), and this needs", "weights 25.1 GiB");
    }
}
