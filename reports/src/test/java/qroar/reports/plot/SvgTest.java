package qroar.reports.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import qroar.reports.Markup;

class SvgTest {
    private static final String HOSTILE = "</text><script>alert('x')</script> & \"quoted\" \u4e2d\u6587 \ud83d\ude00";

    @Test
    void hostileTextStaysText() {
        Svg svg = new Svg("p", 100, 50, HOSTILE, HOSTILE);
        svg.group(Ink.TEXT).text(1, 2, Svg.Anchor.START, HOSTILE).end();
        svg.group(Ink.AXIS).marker(Marker.STAR, 5, 5, 2, HOSTILE).end();
        Element root = Markup.parse(svg.markup());
        assertThat(Markup.texts(root, "text")).containsExactly(HOSTILE);
        assertThat(Markup.texts(root, "title")).containsExactly(HOSTILE, HOSTILE);
        assertThat(Markup.all(root, "script")).isEmpty();
    }

    @Test
    void charactersThatXmlCannotHoldAreReplaced() {
        Svg svg = new Svg("p", 10, 10, "nul \u0000 bell \u0007 lone \ud800 end \uffff", "");
        assertThat(Markup.texts(Markup.parse(svg.markup()), "title"))
                .containsExactly("nul \ufffd bell \ufffd lone \ufffd end \ufffd");
    }

    @Test
    void aPictureNamesItselfForThoseWhoDoNotSeeIt() {
        Element root = Markup.parse(new Svg("fig-1", 100, 50, "title", "description").markup());
        assertThat(root.getAttribute("role")).isEqualTo("img");
        assertThat(root.getAttribute("aria-labelledby")).isEqualTo("fig-1-t fig-1-d");
        assertThat(Markup.all(root, "title").get(0).getAttribute("id")).isEqualTo("fig-1-t");
        assertThat(Markup.all(root, "desc").get(0).getAttribute("id")).isEqualTo("fig-1-d");
    }

    @Test
    void coordinatesThatAreNoNumbersAndStrangeIdsAreRefused() {
        Svg svg = new Svg("p", 10, 10, "", "");
        assertThatThrownBy(() -> svg.line(0, 0, Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Svg("a\" onload=\"x", 1, 1, "", "")).isInstanceOf(IllegalArgumentException.class);
        svg.group(Ink.AXIS);
        assertThatThrownBy(svg::markup).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void coordinatesAreRoundedToTenths() {
        assertThat(Svg.number(3)).isEqualTo("3");
        assertThat(Svg.number(3.14159)).isEqualTo("3.1");
        assertThat(Svg.number(-0.26)).isEqualTo("-0.3");
        assertThat(Svg.number(-12.96)).isEqualTo("-13");
        assertThat(Svg.number(-0.04)).isEqualTo("0");
        assertThat(Svg.number(9.95)).isEqualTo("10");
    }
}
