package qroar.orchestrator.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.util.Collections;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FileHandlesTest {
    private static final String LIMITS = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             63704                63704                processes
            Max open files            %s                 %s              files
            Max locked memory         8388608              8388608              bytes
            """;

    private static @Nullable String said(String soft, int jars) throws IOException {
        String path = String.join(File.pathSeparator, Collections.nCopies(jars, "/lib/some.jar")) + File.pathSeparator
                + "/classes";
        return FileHandles.tooFew(new BufferedReader(new StringReader(LIMITS.formatted(soft, "1048576"))), path);
    }

    @Test
    void everyJarOfTheClassPathTakesAHandleBesidesThoseOfARun() throws IOException {
        assertThat(said("1024", 90)).isNull();
        assertThat(said("118", 90)).isNull();
        assertThat(said("117", 90)).contains("only 117 files", "at least 118", "ulimit -n");
        assertThat(said("117", 80)).isNull();
        assertThat(said("16", 1)).contains("only 16 files");
    }

    @Test
    void aLimitThatIsNoneOrNotToldRefusesNothing() throws IOException {
        assertThat(said("unlimited", 90)).isNull();
        assertThat(FileHandles.tooFew(new BufferedReader(new StringReader("Max processes 1 1 x")), "a.jar"))
                .isNull();
    }
}
