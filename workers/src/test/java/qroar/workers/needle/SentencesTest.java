package qroar.workers.needle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentencesTest {
    /** Ends are marked with a bar. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "One. | Two! | Three? | Four",
                "He said \"No.\" | Then he left.",
                "Mr. Poe and Dr. Usher met J. R. Smith. | They spoke, e.g. of books.",
                "The price is 3.50 now. | 4 remain.",
                "It ended (at last.) | \"Why?\" | Nobody knew.",
                "Wait... what is it? | So be it.",
                "all in lower case. no end here",
                "...",
                "One"
            })
    void sentencesEndWhereTheyShould(String marked) {
        List<String> expected = List.of(marked.split(" \\| "));
        List<String> words = List.of(String.join(" ", expected).split(" "));
        assertThat(Sentences.of(words)).containsExactlyElementsOf(expected);
        assertThat(String.join(" ", Sentences.of(words))).isEqualTo(String.join(" ", words));
    }
}
