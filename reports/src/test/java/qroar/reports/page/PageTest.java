package qroar.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import qroar.reports.Markup;
import qroar.reports.SampleReport;
import qroar.reports.model.Failure;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.RunSummary;
import qroar.reports.model.StudyReport;

class PageTest {
    private static final String HOSTILE =
            "</pre></title><script>alert(\"1\")</script><img src=x onerror='y'>&amp; \u00e9\u4e2d";

    private static RunReport hostile() {
        StudyReport study = SampleReport.finished(HOSTILE, HOSTILE, 4, 7, 4, 1, 0.05);
        RunReport plain = SampleReport.report(RunState.FINISHED, List.of(study, study));
        RunSummary run = new RunSummary(
                HOSTILE,
                HOSTILE,
                RunState.FINISHED,
                Instant.EPOCH,
                null,
                plain.run().model(),
                plain.run().documents(),
                Map.of(HOSTILE, HOSTILE),
                List.of(HOSTILE),
                List.of(HOSTILE),
                List.of(new Failure(HOSTILE, HOSTILE, 3, HOSTILE)),
                HOSTILE);
        return new RunReport(run, plain.studies(), plain.trials(), plain.cost());
    }

    @Test
    void theOutcomeTableHoldsTheNumbersOfTheReport() {
        Element page = Markup.parse(Pages.report(SampleReport.demo()));
        Element table = Markup.all(page, "table").get(0);
        List<String> finished = Markup.cells(Markup.all(table, "tr").get(1));
        assertThat(finished.get(0)).startsWith("01-yarn4-rtn-w2g32-b4-shared").contains("largest gain");
        assertThat(finished.subList(1, 10))
                .containsExactly(
                        "4096", "3.783", "3.567", "+0.0589", "3.092", "3.090", "+0.0008", "+0.0581", "finished");
        assertThat(Markup.texts(Markup.all(table, "tr").get(1), "small")).contains("[+0.0543, +0.0635]");
        List<String> running = Markup.cells(Markup.all(table, "tr").get(2));
        assertThat(running.subList(1, 10))
                .containsExactly("2048", "3.101", "\u2014", "\u2014", "3.086", "\u2014", "\u2014", "\u2014", "running");
    }

    @Test
    void everyModelHasItsPerplexityAtEveryLength() {
        Element page = Markup.parse(Pages.report(SampleReport.demo()));
        Element table = Markup.all(page, "table").get(1);
        List<List<String>> rows =
                Markup.all(table, "tr").stream().map(Markup::cells).toList();
        assertThat(rows)
                .containsExactly(
                        List.of("RoPE scaling", "quantizer", "512", "1024", "2048", "4096"),
                        List.of("yarn:factor=4", "none", "3.135", "3.105", "3.086", "3.092"),
                        List.of("yarn:factor=4", "rtn:bits=2,group=32", "3.626", "3.667", "3.751", "3.783"),
                        List.of("yarn:factor=4", "rtn:bits=3,group=0", "3.157", "\u2014", "3.101", "\u2014"));
        assertThat(Markup.texts(Markup.all(table, "tr").get(2), "small"))
                .containsExactly("scales: 01-yarn4-rtn-w2g32-b4-shared", "3.447", "3.472", "3.536", "3.567");
    }

    @Test
    void modelsThatAreNotSearchedAreShownAsTheyAre() {
        List<StudyReport> studies = new ArrayList<>();
        for (String rope : List.of("none", "linear:factor=4")) {
            for (String quantizer : List.of("none", "gptq:bits=4,group=0")) {
                studies.add(SampleReport.unsearched(studies.size() + "", rope, quantizer, 5 + studies.size()));
            }
        }
        RunReport run = SampleReport.report(RunState.FINISHED, studies);
        assertThat(Outcome.headline(run))
                .isEqualTo("Nothing is searched here: held-out perplexities of 4 models as they are.");
        Element page = Markup.parse(Pages.report(run));
        Element table = Markup.all(page, "table").get(1);
        assertThat(Markup.all(table, "tr").stream().skip(1).map(Markup::cells))
                .containsExactly(
                        List.of("none", "none", "5.000", "50.000"),
                        List.of("none", "gptq:bits=4,group=0", "6.000", "60.000"),
                        List.of("linear:factor=4", "none", "7.000", "70.000"),
                        List.of("linear:factor=4", "gptq:bits=4,group=0", "8.000", "80.000"));
        assertThat(table.getTextContent()).doesNotContain("small print");
        assertThat(page.getTextContent())
                .contains("all 4 studies: Nothing was searched")
                .doesNotContain("What the gain repairs");
    }

    @Test
    void oneModelNeedsNoTableOfModels() {
        RunReport run = SampleReport.report(
                RunState.FINISHED,
                List.of(
                        SampleReport.finished("a", "rtn:bits=4,group=0", 4, 7, 2, 1, 0.002),
                        SampleReport.finished("b", "rtn:bits=4,group=0", 2, 7, 2, 1, 0.002)));
        assertThat(Markup.texts(Markup.parse(Pages.report(run)), "h2"))
                .doesNotContain("Perplexity of every quantizer and RoPE scaling");
    }

    @Test
    void aFullFactorialSweepShowsEachModelOnceAndEveryFactor() {
        RunReport sweep = SampleReport.factorial();
        assertThat(sweep.studies()).hasSize(24);
        ReportPage page = ReportPage.of(sweep);
        assertThat(java.util.Objects.requireNonNull(page.perplexities()).rows())
                .extracting(row -> row.rope() + " " + row.quantizer())
                .containsExactly(
                        "yarn:factor=4 none",
                        "yarn:factor=4 rtn:bits=3,group=64",
                        "yarn:factor=4 awq:bits=3,group=64",
                        "ntk:alpha=4 none",
                        "ntk:alpha=4 rtn:bits=3,group=64",
                        "ntk:alpha=4 awq:bits=3,group=64");
        assertThat(page.sweepFactors())
                .extracting(factor -> factor.name() + " " + factor.levels().size() + " of "
                        + factor.levels().get(0).gains().size())
                .containsExactly("rope 2 of 12", "quantizer 2 of 12", "bands 3 of 8", "grid 2 of 12");
        Element root = Markup.parse(Pages.report(sweep));
        assertThat(Markup.all(root, "svg"))
                .extracting(svg -> svg.getAttribute("id"))
                .contains("overview", "factors");
        for (PerplexityTable.Row row :
                java.util.Objects.requireNonNull(page.perplexities()).rows()) {
            double best = sweep.studies().stream()
                    .filter(study -> study.settings().rope().equals(row.rope())
                            && study.settings().quantizer().equals(row.quantizer()))
                    .mapToDouble(study -> java.util.Objects.requireNonNull(
                                    study.objective().heldOutGain())
                            .estimate())
                    .max()
                    .orElse(Double.NaN);
            if (row.scaledBy() != null) {
                assertThat(sweep.studies())
                        .filteredOn(study -> study.id().equals(row.scaledBy()))
                        .allMatch(study -> java.util.Objects.requireNonNull(
                                                study.objective().heldOutGain())
                                        .estimate()
                                == best);
            } else {
                assertThat(row.quantizer()).isEqualTo("none");
            }
        }
    }

    @Test
    void theHeadlineSaysHowFarTheRunIsAndWhatCameOut() {
        assertThat(Outcome.headline(SampleReport.demo()))
                .isEqualTo("Running: 1 of 2 studies and 60 of 60 trials planned so far are done. In the best of"
                        + " 2 studies J of the quantized model falls by 5.72 % on held-out documents: a gain of +0.0589"
                        + " nats of ln J (95 % interval +0.0548 to +0.0630), by"
                        + " 01-yarn4-rtn-w2g32-b4-shared. Its perplexity at 4096 tokens goes from 3.783 to 3.567."
                        + " Without quantization the same scales gain +0.0008: J falls by 0.08 %.");
        assertThat(Outcome.headline(SampleReport.empty())).endsWith("No held-out gain has been measured yet.");
        StudyReport doubtful = SampleReport.finished("a", "rtn:bits=4,group=0", 4, 7, 2, 1, 0.002);
        assertThat(Outcome.headline(SampleReport.report(RunState.FINISHED, List.of(doubtful))))
                .startsWith(
                        "No study gains on held-out documents beyond doubt; in the largest estimate J of the quantized"
                                + " model falls by 0.20 % on held-out documents: a gain of +0.0020");
    }

    @Test
    void sectionsComeInTheOrderOfImportance() {
        Element page = Markup.parse(Pages.report(SampleReport.demo()));
        assertThat(Markup.texts(page, "h2"))
                .containsExactly(
                        "Outcome",
                        "Perplexity of every quantizer and RoPE scaling",
                        "Studies",
                        "Diagnostics",
                        "Cost",
                        "Failures",
                        "How the figures are measured",
                        "Reproducibility");
        assertThat(Markup.all(page, "table"))
                .allMatch(table -> Markup.all(table, "caption").size() == 1);
        assertThat(Markup.texts(page, "pre")).singleElement().asString().startsWith("name: demo");
        List<String> ids = new ArrayList<>();
        for (Element element : Markup.all(page, "*")) {
            if (element.hasAttribute("id")) {
                ids.add(element.getAttribute("id"));
            }
        }
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(Markup.all(page, "a"))
                .allMatch(link -> ids.contains(link.getAttribute("href").substring(1)));
    }

    @Test
    void hostileTextsStayTexts() {
        Element page = Markup.parse(Pages.report(hostile()));
        assertInert(page);
        assertThat(Markup.texts(page, "h1")).containsExactly(HOSTILE);
        assertThat(Markup.texts(page, "pre")).containsExactly(HOSTILE);
        assertThat(Markup.texts(page, "h3").get(0)).startsWith(HOSTILE);
        assertInert(Markup.parse(Pages.comparison(List.of(hostile(), SampleReport.demo()))));
    }

    /** Nothing in the tree can load, run or style anything. */
    private static void assertInert(Element page) {
        assertThat(Markup.all(page, "style")).hasSize(1);
        for (Element element : Markup.all(page, "*")) {
            assertThat(element.getTagName())
                    .isNotIn("script", "link", "img", "iframe", "object", "use", "image", "form");
            NamedNodeMap attributes = element.getAttributes();
            for (int i = 0; i < attributes.getLength(); i++) {
                String name = attributes.item(i).getNodeName();
                assertThat(name).doesNotStartWith("on").isNotIn("src", "style", "srcset", "xlink:href");
                if (name.equals("href")) {
                    assertThat(attributes.item(i).getNodeValue()).startsWith("#");
                }
            }
        }
    }

    @Test
    void thePageNeedsNothingBeyondItself() throws Exception {
        byte[] bytes = Pages.report(SampleReport.demo());
        String page = new String(bytes, StandardCharsets.UTF_8).replace("http://www.w3.org/2000/svg", "");
        assertThat(page).doesNotContain("http:", "https:", "src=", "url(", "@import", "<script", "javascript:");
        Element root = Markup.parse(bytes);
        assertInert(root);
        String css = Markup.all(root, "style").get(0).getTextContent();
        String digest = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(css.getBytes(StandardCharsets.UTF_8)));
        assertThat(Markup.all(root, "meta").stream()
                        .filter(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy"))
                        .map(meta -> meta.getAttribute("content")))
                .containsExactly(
                        "default-src 'none'; style-src 'sha256-" + digest + "'; base-uri 'none'; form-action 'none'");
    }

    @Test
    void aRunThatHasJustBegunHasAPage() {
        Element page = Markup.parse(Pages.report(SampleReport.empty()));
        assertThat(page.getTextContent())
                .contains("No study has been planned yet.")
                .contains("None: no trial was given up");
        assertThat(Markup.all(page, "svg")).isEmpty();
    }

    @Test
    void aSearchUnderWaySaysWhatIsNotThereYet() {
        RunReport run = SampleReport.report(RunState.RUNNING, List.of(SampleReport.running("02-w3")));
        Element page = Markup.parse(Pages.report(run));
        assertThat(page.getTextContent())
                .contains("the control has not been measured", "not measured yet", "not known yet");
        assertThat(Markup.texts(page, "h3")).contains("02-w3 running");
    }

    @Test
    void aLargeSweepStaysSmallAndShowsEveryStudy() {
        RunReport sweep = SampleReport.sweep(100, 200);
        byte[] bytes = Pages.report(sweep);
        assertThat(bytes.length).isLessThan(1_500_000);
        Element page = Markup.parse(bytes);
        assertThat(Markup.all(Markup.all(page, "table").get(0), "tr")).hasSize(101);
        assertThat(page.getTextContent()).contains("the other 88 are in the tables above");
        assertThat(Outcome.best(sweep.studies()))
                .isIn(ReportPage.of(sweep).sections().stream()
                        .map(StudySection::study)
                        .toList());
    }

    @Test
    void comparedRunsSayWhatDiffersAndWhetherTheyMayBeCompared() {
        RunReport demo = SampleReport.demo();
        Element same = Markup.parse(Pages.comparison(List.of(demo, demo)));
        assertThat(same.getTextContent()).contains("Nothing: same fingerprint");
        RunSummary run = demo.run();
        RunSummary other = new RunSummary(
                "other",
                "f".repeat(64),
                run.state(),
                run.started(),
                run.ended(),
                run.model(),
                run.documents().subList(0, 4),
                Map.of("pytorch", "2.5.1"),
                run.hardware(),
                run.notes(),
                run.failures(),
                run.experimentYaml());
        RunReport changed = new RunReport(other, demo.studies(), demo.trials(), demo.cost());
        Element page = Markup.parse(Pages.comparison(List.of(demo, changed)));
        assertThat(page.getTextContent()).contains("different held-out documents");
        Element differences = Markup.all(page, "table").get(2);
        assertThat(Markup.texts(differences, "th"))
                .contains("fingerprint", "held-out documents", "pytorch")
                .doesNotContain("checkpoint", "hardware");
    }
}
