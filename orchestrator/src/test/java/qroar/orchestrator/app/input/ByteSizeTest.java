package qroar.orchestrator.app.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "1K, 1024",
        "800M, 838860800",
        "1.5G, 1610612736",
        "64GiB, 68719476736",
        "2TB, 2199023255552",
        "2g, 2147483648",
        "2gb, 2147483648",
        "2Gi, 2147483648",
        "2 G, 2147483648",
        "'  2  gib ', 2147483648",
        "512MB, 536870912",
        "1k, 1024"
    })
    void sizesArePowersOf1024(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "12", "G", "-1G", "1e3G", "0G", "NaNG", "999999999T9", "1,5G", "2P", "2ib", "2 G B", "G2"})
    void anythingElseIsRefusedByItsText(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'")
                .hasMessageContaining("800M, 1.5G, 20gb or 20 GiB");
    }

    @Test
    void peopleReadTheLargestUnit() {
        assertThat(ByteSize.parse("64G")).hasToString("64.0 GiB");
        assertThat(ByteSize.text(1_610_612_736)).isEqualTo("1.5 GiB");
        assertThat(ByteSize.text(512)).isEqualTo("0.5 KiB");
    }
}
