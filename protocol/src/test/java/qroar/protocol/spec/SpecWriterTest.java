package qroar.protocol.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecWriterTest {
    @ParameterizedTest
    @CsvSource({
        "4.0,4",
        "0.1,0.1",
        "1e6,1000000",
        "0.0,0",
        "-2.5,-2.5",
        "1e-5,0.00001",
        "1e23,1E+23",
        "2e-3,0.002",
        "5.684341886080802E-14,5.6843418860808015E-14",
        "0.30000000000000004,0.30000000000000004",
        "4.9e-324,5E-324"
    })
    void numbersAreShort(double value, String text) {
        String actual = SpecWriter.number(value);
        assertThat(Double.parseDouble(actual)).isEqualTo(value);
        assertThat(actual).isEqualTo(text);
    }

    @Test
    void everyNumberReadsBackExactly() {
        long seed = Long.getLong("seed", 7L);
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (!Double.isNaN(value) && !Double.isInfinite(value)) {
                String text = SpecWriter.number(value);
                assertThat(Double.parseDouble(text)).as("seed " + seed).isEqualTo(value);
                assertThat(text.length()).isLessThanOrEqualTo(25);
            }
        }
    }

    @Test
    void whatIsNoNumberHasNoText() {
        assertThatThrownBy(() -> SpecWriter.number(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SpecWriter.number(Double.NEGATIVE_INFINITY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void onlyNearWordsAreSuggested() {
        assertThat(Suggestion.of("gtpq", List.of("rtn", "gptq"))).isEqualTo("; did you mean 'gptq'? known: rtn, gptq");
        assertThat(Suggestion.of("banana", List.of("rtn", "gptq"))).isEqualTo("; known: rtn, gptq");
        assertThat(Suggestion.of("x".repeat(1000), List.of("rtn"))).isEqualTo("; known: rtn");
        assertThat(Suggestion.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Suggestion.distance("", "abc")).isEqualTo(3);
        assertThat(Suggestion.distance("serach", "search")).isEqualTo(1);
    }
}
