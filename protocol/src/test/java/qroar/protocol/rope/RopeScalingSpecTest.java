package qroar.protocol.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecFormRules;

class RopeScalingSpecTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "linear:factor=4",
                "ntk:alpha=2.5",
                "dynamic:factor=8",
                "yarn:factor=4",
                "yarn:factor=4,original=4096",
                "yarn:factor=40,original=4096,beta-fast=48,beta-slow=2,attention-factor=1.25,mscale=0.707,mscale-all-dim=0.5,truncate=false",
                "llama3:factor=8,original=8192",
                "llama3:factor=8,original=8192,low-freq-factor=2,high-freq-factor=3.5",
                "longrope:short=1;1.2,long=1;4.5,original=4096,attention-factor=1.19,factor=32",
                "longrope:short=1;1.2,long=1;4.5"
            })
    void canonicalTextReadsAndWritesAlike(String text) {
        assertThat(RopeScalingSpec.format(RopeScalingSpec.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "yarn:factor=4,original=4096,beta-fast=32,beta-slow=1,truncate=true | yarn:factor=4,original=4096",
                "yarn:beta-fast=0,mscale=0,original=4096,factor=4.000 | yarn:factor=4,original=4096",
                " linear : factor = 4e0 | linear:factor=4",
                "llama3:factor=8.0,high-freq-factor=4,low-freq-factor=1.0,original=8192 | llama3:factor=8,original=8192"
            })
    void otherSpellingsHaveTheSameCanonicalText(String text, String canonical) {
        assertThat(RopeScalingSpec.format(RopeScalingSpec.parse(text))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "yarm:factor=4 | rope 'yarm:factor=4': 'yarm' is unknown; did you mean 'yarn'? known: none",
                "yarn:factr=4 | option 'factr' is unknown; did you mean 'factor'?",
                "yarn:factor=4,betafast=3 | did you mean 'beta-fast'?",
                "linear | option 'factor' is missing",
                "linear:factor | option 'factor' has no value",
                "linear:factor= | option 'factor' has no value",
                "linear: | an option is empty",
                "linear:factor=4, | an option is empty",
                "linear:factor=4,factor=5 | option 'factor' is given twice",
                "linear:factor=four | factor=four is not a number",
                "linear:factor=NaN | factor=NaN is not a number",
                "linear:factor=0x1p3 | factor=0x1p3 is not a number",
                "linear:factor=1e999 | factor=1e999 is too large",
                "linear:factor=0 | factor=0.0 must lie in [1, 1000000]",
                "ntk:alpha=-1 | alpha=-1.0 must lie in [1, 1000000]",
                "dynamic:factor=1e7 | must lie in [1, 1000000]",
                "yarn:factor=4,original=0 | original=0 must be at least 1 token",
                "yarn:factor=4,original=4.5 | original=4.5 is not a whole number",
                "yarn:factor=4,original=99999999999 | original=99999999999 is beyond 2147483647",
                "yarn:factor=4,beta-fast=-3 | beta-fast=-3.0 must be above 0",
                "yarn:factor=4,truncate=yes | truncate=yes must be true or false",
                "llama3:factor=8 | option 'original' is missing",
                "llama3:factor=8,original=8192,low-freq-factor=4 | high-freq-factor=4.0 must be above low-freq-factor=4.0",
                "longrope:short=1;2,long=1 | short has 2 values and long 1",
                "longrope:short=1;,long=1;2 | short= is not a number",
                "longrope:short=1;0,long=1;2 | short=0.0 must be above 0",
                "none:factor=2 | option 'factor' is unknown; 'none' takes none"
            })
    void whatIsWrongIsNamedInOneLine(String text, String message) {
        assertThatThrownBy(() -> RopeScalingSpec.parse(text))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("rope '" + text + "': ")
                .hasMessageContaining(message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void emptyAndHugeTextsAreRefused() {
        assertThatThrownBy(() -> RopeScalingSpec.parse("")).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> RopeScalingSpec.parse("yarn:factor=" + "9".repeat(70_000)))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("at most 65536");
        assertThatThrownBy(() -> RopeScalingSpec.parse("x\ny".repeat(1000)))
                .isInstanceOf(BadInput.class)
                .hasMessageNotContaining("\n");
    }

    @Test
    void everyVariantHasAFormAndHoldsItsRules() {
        SpecFormRules.listIsComplete(RopeScalingSpec.FORMS, RopeScaling.class);
        SpecFormRules.examplesAreUnderstood(RopeScalingSpec.FORMS, RopeScalingSpec::parse);
        SpecFormRules.rangesAreThoseThatAreChecked(RopeScalingSpec.FORMS, RopeScalingSpec::parse);
        SpecFormRules.whatIsLeftOutHasItsDefault(RopeScalingSpec.FORMS, RopeScalingSpec::parse);
    }

    @Test
    void equalValuesAndEqualTextGoTogether() {
        SpecFormRules.textIsTheValue(
                RopeScalingSpec.FORMS,
                RopeScalingSpec::parse,
                RopeScalingSpec::format,
                Long.getLong("seed", 20260917L));
    }

    @Test
    void onlyWhoSaysByHowMuchHeStretchesHasABound() {
        assertThat(RopeScalingSpec.parse("linear:factor=4").stretch()).isEqualTo(4);
        assertThat(RopeScalingSpec.parse("yarn:factor=2,original=64").stretch()).isEqualTo(2);
        assertThat(RopeScalingSpec.parse("llama3:factor=8,low-freq-factor=1,high-freq-factor=4,original=64")
                        .stretch())
                .isEqualTo(8);
        for (String boundless : new String[] {"none", "ntk:alpha=2", "dynamic:factor=4"}) {
            assertThat(RopeScalingSpec.parse(boundless).stretch()).as(boundless).isInfinite();
        }
    }
}
