package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers in tables look the same everywhere. */
class LocaleCaseTest {
    private final Locale before = Locale.getDefault();

    @TempDir
    Path scratch;

    @AfterEach
    void giveTheLocaleBack() {
        Locale.setDefault(before);
    }

    private String table() {
        CommandRun run = KnownCase.of("locale-decimal-comma", scratch).run("rope", "--model", ".");
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    @ParameterizedTest
    @ValueSource(strings = {"de-DE", "ar-EG-u-nu-arab", "fa-IR"})
    void tablesAreTheSameInEveryLocale(String tag) {
        Locale.setDefault(Locale.forLanguageTag(tag));
        assertThat(table()).contains("8.659643e-01");
    }
}
