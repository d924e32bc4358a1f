package qroar.reports.plot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumbersTest {
    @Test
    void numbersReadAsInAPaper() {
        assertThat(Numbers.perplexity(4.4374)).isEqualTo("4.437");
        assertThat(Numbers.perplexity(123.456)).isEqualTo("123.5");
        assertThat(Numbers.perplexity(12345.6)).isEqualTo("12,346");
        assertThat(Numbers.nats(0.0589)).isEqualTo("+0.0589");
        assertThat(Numbers.nats(-0.0008)).isEqualTo("\u22120.0008");
        assertThat(Numbers.nats(-0.00001)).isEqualTo("0.0000");
        assertThat(Numbers.scale(1.16)).isEqualTo("1.160");
        assertThat(Numbers.plain(5e-4)).isEqualTo("0.0005");
        assertThat(Numbers.count(16_515_072)).isEqualTo("16,515,072");
        assertThat(Numbers.percent(0.0292)).isEqualTo("2.9 %");
        assertThat(Numbers.duration(3.14)).isEqualTo("3.1 s");
        assertThat(Numbers.duration(252)).isEqualTo("4 min 12 s");
        assertThat(Numbers.duration(7_500)).isEqualTo("2 h 5 min");
    }

    @Test
    void whatIsNotThereIsToldFromWhatIsNotANumber() {
        assertThat(Numbers.perplexity(null)).isEqualTo(Numbers.MISSING);
        assertThat(Numbers.perplexity(Double.NaN)).isEqualTo("NaN");
        assertThat(Numbers.perplexity(Double.POSITIVE_INFINITY)).isEqualTo("\u221e");
        assertThat(Numbers.nats(Double.NEGATIVE_INFINITY)).isEqualTo("\u2212\u221e");
        assertThat(Numbers.percent(Double.NaN)).isEqualTo(Numbers.MISSING);
    }
}
