package qroar.orchestrator.app.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({"1K, 1024", "800M, 838860800", "1.5G, 1610612736", "64GiB, 68719476736", "2TB, 2199023255552"})
    void sizesArePowersOf1024(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "12", "G", "-1G", "1 G", "1e3G", "0G", "NaNG", "999999999T9"})
    void anythingElseIsRefusedByItsText(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void peopleReadTheLargestUnit() {
        assertThat(ByteSize.parse("64G")).hasToString("64.0 GiB");
        assertThat(ByteSize.text(1_610_612_736)).isEqualTo("1.5 GiB");
        assertThat(ByteSize.text(512)).isEqualTo("0.5 KiB");
    }
}
