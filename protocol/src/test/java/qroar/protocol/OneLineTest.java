package qroar.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OneLineTest {
    @Test
    void whatATerminalWouldObeyOrHideIsWrittenOut() {
        assertThat(OneLine.of("key 'a\u001b[31m\u202e\u2066b'")).isEqualTo("key 'a\\u001b[31m\\u202e\\u2066b'");
        assertThat(OneLine.of("a\u200bb\ufeffc\u00add\u0000e\u007ff\u0085g"))
                .isEqualTo("a\\u200bb\\ufeffc\\u00add\\u0000e\\u007ff\\u0085g");
        assertThat(OneLine.of("a\ud800b")).isEqualTo("a\\ud800b");
        assertThat(OneLine.of("\u3164\u2028\ue000" + Character.toString(0xE0041)))
                .isEqualTo("\\u3164\\u2028\\ue000\\udb40\\udc41");
        assertThat(OneLine.of("first\nsecond\r\tthird")).isEqualTo("first second  third");
        assertThat(OneLine.of("Grüße, 世界, 😀, עברית")).isEqualTo("Grüße, 世界, 😀, עברית");
    }

    @Test
    void longMessagesKeepTheirBeginningAndTheirEnd() {
        String line = OneLine.of("file.json: key 'k' is '" + "[".repeat(50_000) + "'; at most 5");
        assertThat(line)
                .hasSizeBetween(500, 600)
                .startsWith("file.json: key 'k' is '[[")
                .endsWith("[['; at most 5");
        assertThat(OneLine.value("x".repeat(101))).isEqualTo("x".repeat(100) + "...");
        assertThat(OneLine.value("x".repeat(100))).isEqualTo("x".repeat(100));
    }

    @Test
    void severalLinesStaySeveral() {
        assertThat(OneLine.lines("a\n\tb\u202e\n")).isEqualTo("a\n\tb\\u202e\n");
    }

    @Test
    void nothingHiddenGetsThroughWhateverTheText() {
        long seed = Long.getLong("seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(1500); i > 0; i--) {
                text.append((char) random.nextInt(0x10000));
            }
            assertThat(OneLine.of(text.toString()))
                    .as("-Dseed=" + seed)
                    .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}]")
                    .hasSizeLessThanOrEqualTo(600);
        }
    }

    @Test
    void badInputIsFitToBePrinted() {
        assertThat(new BadInput("a\u202eb\nc")).hasMessage("a\\u202eb c");
    }
}
