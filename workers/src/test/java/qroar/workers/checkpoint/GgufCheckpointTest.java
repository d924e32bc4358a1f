package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufCheckpointTest {
    /** One packed type among the linears is enough, and another format's word is never a plain one. */
    @ParameterizedTest
    @CsvSource({
        "gguf:F32,true",
        "gguf:BF16|F32,true",
        "gguf:F16|Q8_0,false",
        "gguf:Q4_K|Q6_K,false",
        "'awq:bits=4,group=128',false",
        "F32,false"
    })
    void onlyFloatingPointNumbersOfAGgufFileArePlain(String encoding, boolean plain) {
        assertThat(GgufCheckpoint.isPlain(encoding)).isEqualTo(plain);
    }
}
