package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.config.ModelConfig;
import qroar.workers.golden.GoldenFiles;

class RaggedGroupsTest {
    private final ModelConfig config = GoldenFiles.checkpoint("tiny-llama").config();

    private String note(String quantizer) {
        return String.valueOf(RaggedGroups.note(config, QuantizationText.parse(quantizer)));
    }

    @Test
    void wholeGroupsAndRowsAreNotWorthAWord() {
        for (String spec : new String[] {"none", "rtn:bits=4,group=0", "awq:bits=4,group=" + config.hiddenSize() / 2}) {
            assertThat(note(spec)).as(spec).isEqualTo("null");
        }
    }

    @Test
    void firstLinearWithAShorterGroupIsNamed() {
        int columns = config.hiddenSize();
        for (String quantizer : new String[] {"rtn", "awq", "gptq"}) {
            String spec = quantizer + ":bits=4,group=" + (columns - 16);
            assertThat(note(spec))
                    .contains(
                            "quantizer " + spec,
                            "does not divide the " + columns + " columns of 'model.layers.0.self_attn.q_proj.weight'",
                            "the last group of each row has 16");
        }
        assertThat(note("rtn:bits=4,group=" + 2 * columns)).contains("each row is one shorter group");
    }
}
