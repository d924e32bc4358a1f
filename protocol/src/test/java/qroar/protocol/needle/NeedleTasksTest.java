package qroar.protocol.needle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecFormRules;

class NeedleTasksTest {
    private static final long SEED = Long.getLong("seed", 20_241);

    @Test
    void everyVariantHasOneFormAndEveryFormItsRules() {
        SpecFormRules.listIsComplete(NeedleTasks.FORMS, NeedleTask.class);
        SpecFormRules.textIsTheValue(NeedleTasks.FORMS, NeedleTasks::parse, NeedleTasks::format, SEED);
        SpecFormRules.rangesAreThoseThatAreChecked(NeedleTasks.FORMS, NeedleTasks::parse);
        SpecFormRules.whatIsLeftOutHasItsDefault(NeedleTasks.FORMS, NeedleTasks::parse);
        SpecFormRules.examplesAreUnderstood(NeedleTasks.FORMS, NeedleTasks::parse);
    }

    /** The table of RULER's synthetic.yaml: haystack, kinds of key and value, keys, values, queries. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "niah_single_1   | niah-single",
                "niah_single_2   | niah-single:haystack=text",
                "niah_single_3   | niah-single:haystack=text,value=uuids",
                "niah_multikey_1 | niah-multikey",
                "niah_multikey_2 | niah-multikey:keys=1,haystack=needles",
                "niah_multikey_3 | niah-multikey:keys=1,haystack=needles,key=uuids,value=uuids",
                "niah_multivalue | niah-multivalue",
                "niah_multiquery | niah-multiquery",
                "NIAH-Single-2:generate=16 | niah-single:haystack=text,generate=16",
                "variable_tracking:hops=2 | vt:hops=2",
                "vt              | vt"
            })
    void rulersNamesAreItsTasks(String name, String canonical) {
        assertThat(NeedleTasks.format(NeedleTasks.parse(name))).isEqualTo(canonical);
        assertThat(NeedleTasks.isNamed(name)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "passkeys | did you mean 'passkey'?",
                "niah_single_4 | 'niah_single_4' is unknown",
                "passkey:digits=10 | digits=10 must lie in 1 to 9",
                "passkey:haystack=needles | haystack=needles must be noise or text",
                "niah-multikey:keys=0 | keys=0 must lie in 1 to 64",
                "niah_single_2:haystack=noise | option 'haystack' is given twice",
                "niah-single:keys=2 | option 'keys' is unknown",
                "niah-single:generate=0 | generate=0 must lie in 1 to 4096",
                "vt:chains=17 | chains=17 must lie in 1 to 16"
            })
    void whatIsWrongIsNamedInOneLine(String text, String message) {
        assertThatThrownBy(() -> NeedleTasks.parse(text))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }
}
