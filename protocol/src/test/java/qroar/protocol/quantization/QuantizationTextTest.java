package qroar.protocol.quantization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecFormRules;

class QuantizationTextTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "none:act-bits=8",
                "none:kv-bits=4",
                "rtn:bits=4,group=128",
                "rtn:bits=2,group=0,act-bits=4,act=asym,kv-bits=4",
                "awq:bits=4,group=128",
                "awq:bits=3,group=64,clip=false,act-bits=4",
                "none:kv-bits=8,kv-order=pre-rope,kv-bands=8/8/4/4",
                "rtn:bits=4,group=128,kv-bits=4,kv-clip=0.9,kv-tails=1.5/1.25",
                "none:act-bits=8,act-clip=0.99",
                "smoothquant:bits=8,group=0,alpha=0.5,act-bits=8,act=asym,act-clip=0.99,act-tail=1.25",
                "none:act-bits=8,act-clip=0.99,act-tail=auto",
                "none:kv-bits=4,kv-clip=0.9,kv-tails=auto",
                "none:kv-bits=4,kv-bands=8/4/4,kv-clip=0.9,kv-tails=auto",
                "nf4:block=64",
                "nf4:block=64,double=true,act-bits=8",
                "smoothquant:bits=8,group=0,alpha=0.5,act-bits=8",
                "gptq:bits=4,group=128",
                "gptq:bits=4,group=128,act-order=true,static-groups=true,true-sequential=true,sym=true,kv-bits=8"
            })
    void canonicalTextReadsAndWritesAlike(String text) {
        assertThat(QuantizationText.format(QuantizationText.parse(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rtn | rtn:bits=4,group=128",
                "rtn:group=128, bits=4, act=sym, act-bits=4 | rtn:bits=4,group=128,act-bits=4",
                "awq:clip=true | awq:bits=4,group=128",
                "gptq:sym=false,act-order=false | gptq:bits=4,group=128"
            })
    void otherSpellingsHaveTheSameCanonicalText(String text, String canonical) {
        assertThat(QuantizationText.format(QuantizationText.parse(text))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rnt | 'rnt' is unknown; did you mean 'rtn'? known: none",
                "none:kv-bands=8/4 | kv-bands needs kv-bits",
                "none:kv-order=pre-rope | kv-order needs kv-bits",
                "none:kv-bits=8,kv-order=before | kv-order=before must be post-rope or pre-rope",
                "none:kv-bits=8,kv-bands=8/9 | kv-bands=9 must lie in 2 to 8",
                "none:kv-bits=8,kv-bands=8 | kv-bands=8 must have 2 to 64 bands",
                "none:kv-bits=8,kv-bands=8/x | kv-bands=x is not a whole number",
                "none:kv-bits=8,kv-bands=8/ | kv-bands= is not a whole number",
                "none:kv-bits=8,kv-clip=0.4 | kv-clip=0.4 must lie in 0.5 to 1",
                "none:kv-bits=8,kv-tails=1.5/2 | kv-tails=1.5/2 needs kv-clip",
                "none:act-clip=0.9 | act-clip needs act-bits",
                "none:act-tail=auto | act-tail needs act-bits",
                "none:act-bits=8,act-tail=auto | act-tail=auto needs act-clip",
                "none:act-bits=8,act-tail=1.5 | act-tail=1.5 needs act-clip",
                "none:act-bits=8,act-clip=0 | act-clip=0 must lie in 0.5 to 1",
                "none:act-bits=8,act-clip=1.5 | act-clip=1.5 must lie in 0.5 to 1",
                "none:act-bits=8,act-clip=0.9,act-tail=0.5 | act-tail=0.5 must lie in 1 to 100, or auto",
                "none:act-bits=8,act-clip=0.9,act-tail=1/2 | act-tail=1/2 is not a number",
                "none:kv-bits=8,kv-tails=auto | kv-tails=auto needs kv-clip",
                "none:kv-bits=8,kv-clip=0.9,kv-tails=auto/2 | kv-tails=auto is not a number",
                "none:kv-bits=8,kv-clip=0.9,kv-tails=0 | kv-tails=0 must lie in 1 to 100",
                "none:kv-bits=8,kv-clip=0.9,kv-tails=NaN | kv-tails=NaN is not a number",
                "none:kv-bits=8,kv-clip=0.9,kv-tails=0.5/2 | kv-tails=0.5 must lie in 1 to 100",
                "none:kv-bits=8,kv-clip=0.9,kv-bands=8/4,kv-tails=2/2/2 | kv-tails=2/2/2 has 3 bands, kv-bands=8/4 has 2",
                "nf4:block=48 | block=48 must be 32 or 64 or",
                "nf4:double=yes | double=yes must be true or false",
                "nf4:bits=4 | option 'bits' is unknown",
                "smoothquant:wbits=8 | option 'wbits' is unknown; did you mean 'bits'?",
                "smoothquant:alpha=1.5 | alpha=1.5 must lie in 0 to 1",
                "rtn:bits=1 | bits=1 must lie in 2 to 8",
                "rtn:bits=9 | bits=9 must lie in 2 to 8",
                "rtn:bits=4.0 | bits=4.0 is not a whole number",
                "rtn:group=-1 | group=-1 must lie in 0 (a whole row) to 1048576 columns",
                "rtn:clip=true | option 'clip' is unknown",
                "gptq:actorder=true | did you mean 'act-order'?",
                "awq:clip=no | clip=no must be true or false",
                "rtn:act=sym | act=sym needs act-bits",
                "rtn:act-bits=4,act=both | act=both must be sym or asym",
                "rtn:act-bits=1 | act-bits=1 must lie in 2 to 8",
                "none:bits=4 | option 'bits' is unknown",
                "none:kv-bits=0 | kv-bits=0 must lie in 2 to 8; leave it out",
                "none:kv-bits=16 | kv-bits=16 must lie in 2 to 8"
            })
    void whatIsWrongIsNamedInOneLine(String text, String message) {
        assertThatThrownBy(() -> QuantizationText.parse(text))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("quantization '" + text + "': ")
                .hasMessageContaining(message);
    }

    @Test
    void everyVariantHasAFormAndHoldsItsRules() {
        SpecFormRules.listIsComplete(QuantizationText.FORMS, WeightQuantization.class);
        SpecFormRules.examplesAreUnderstood(QuantizationText.FORMS, QuantizationText::parse);
        SpecFormRules.rangesAreThoseThatAreChecked(QuantizationText.FORMS, QuantizationText::parse);
        SpecFormRules.whatIsLeftOutHasItsDefault(QuantizationText.FORMS, QuantizationText::parse);
    }

    @Test
    void equalValuesAndEqualTextGoTogether() {
        SpecFormRules.textIsTheValue(
                QuantizationText.FORMS, QuantizationText::parse, QuantizationText::format, Long.getLong("seed", 11L));
    }
}
