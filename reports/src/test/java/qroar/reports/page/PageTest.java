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
import qroar.experiments.attribution.Interval;
import qroar.reports.Markup;
import qroar.reports.SampleReport;
import qroar.reports.model.Failure;
import qroar.reports.model.ObjectiveOutcome;
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
        assertThat(finished.get(0)).startsWith("01-yarn4-rtn-w2g32-b4-shared").contains("best", "largest gain");
        assertThat(finished.subList(1, 10))
                .containsExactly(
                        "4,096", "3.783", "3.567", "+0.0589", "3.092", "3.090", "+0.0008", "+0.0581", "finished");
        assertThat(Markup.texts(Markup.all(table, "tr").get(1), "small")).contains("[+0.0543, +0.0635]");
        List<String> running = Markup.cells(Markup.all(table, "tr").get(2));
        assertThat(running.subList(1, 10))
                .containsExactly(
                        "2,048", "3.101", "\u2014", "\u2014", "3.086", "\u2014", "\u2014", "\u2014", "running");
    }

    @Test
    void everyModelHasItsPerplexityAtEveryLength() {
        Element page = Markup.parse(Pages.report(SampleReport.demo()));
        Element table = Markup.all(page, "table").get(1);
        List<List<String>> rows =
                Markup.all(table, "tr").stream().map(Markup::cells).toList();
        assertThat(rows)
                .containsExactly(
                        List.of("RoPE scaling", "quantizer", "512", "1,024", "2,048", "4,096"),
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
        assertThat(Outcome.largestGain(run)).isNull();
        Answer answer = java.util.Objects.requireNonNull(ReportPage.of(run).answer());
        assertThat(answer.model()).isEqualTo("gptq:bits=4,group=0 under none");
        assertThat(answer.whyNoScales()).startsWith("none were searched for");
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
                .contains("all 4 studies: Nothing was searched", "1 note")
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
        assertThat(page.sweep().varied())
                .extracting(factor -> factor.name() + " " + factor.levels().size() + " of "
                        + factor.levels().get(0).gains().size())
                .containsExactly("rope 2 of 12", "quantizer 2 of 12", "bands 3 of 8", "grid 2 of 12");
        Element root = Markup.parse(Pages.report(sweep));
        assertThat(Markup.all(root, "svg"))
                .extracting(svg -> svg.getAttribute("id"))
                .contains("overview", "factors");
        for (PerplexityTable.Row row :
                java.util.Objects.requireNonNull(page.perplexities()).rows()) {
            double lowest = sweep.studies().stream()
                    .filter(study -> study.settings().rope().equals(row.rope())
                            && study.settings().quantizer().equals(row.quantizer()))
                    .mapToDouble(study ->
                            java.util.Objects.requireNonNull(java.util.Objects.requireNonNull(Outcome.longest(study))
                                    .tuned()))
                    .min()
                    .orElse(Double.NaN);
            if (row.scaledBy() != null) {
                assertThat(sweep.studies())
                        .filteredOn(study -> study.id().equals(row.scaledBy()))
                        .allMatch(study -> java.util.Objects.requireNonNull(
                                        java.util.Objects.requireNonNull(Outcome.longest(study))
                                                .tuned())
                                == lowest);
            } else {
                assertThat(row.quantizer()).isEqualTo("none");
            }
        }
    }

    @Test
    void theFirstScreenSaysWhatToUse() {
        RunReport running = SampleReport.demo();
        assertThat(Outcome.progress(running))
                .isEqualTo("Running: 1 of 2 studies and 60 of 60 trials planned so far are done.");
        Answer answer = java.util.Objects.requireNonNull(Answer.of(running));
        assertThat(answer.model()).isEqualTo("rtn:bits=2,group=32 under yarn:factor=4");
        assertThat(answer.scales()).isEqualTo("01-yarn4-rtn-w2g32-b4-shared");
        assertThat(answer.cards())
                .extracting(card -> card.label() + ": " + card.value() + " (" + card.remark() + ")")
                .containsExactly(
                        "perplexity at 4,096 tokens: 3.567 (on held-out documents)",
                        "against the same model unscaled: \u22125.72 % (3.783 before; 95 % interval \u22126.15 to"
                                + " \u22125.29 %; J falls by 5.72 %)",
                        "against the unquantized model: +15.34 % (3.092 unquantized, unscaled)",
                        "the scales repair: \u2014 (without quantization they change J by \u22120.08 %)");
        assertThat(answer.whyNoScales()).isNull();
        assertThat(answer.command()).as("before the run is over").isNull();
        assertThat(ReportPage.of(running).second()).isNull();

        RunReport finished = SampleReport.report(RunState.FINISHED, running.studies());
        Element page = Markup.parse(Pages.report(finished));
        assertThat(Markup.texts(page, "pre").get(0)).matches("qroar export demo-[0-9a-f]{12} --out demo-tuned");
        assertThat(Answer.of(SampleReport.empty())).isNull();
        assertThat(Markup.parse(Pages.report(SampleReport.empty())).getTextContent())
                .contains("No held-out perplexity has been measured yet.");
    }

    @Test
    void aRunThatFailedPointsToItsFailuresAndNotToTheFuture() {
        RunReport empty = SampleReport.empty();
        RunSummary run = empty.run();
        RunSummary failed = new RunSummary(
                run.name(),
                run.fingerprint(),
                RunState.FINISHED,
                run.started(),
                run.ended(),
                run.model(),
                run.documents(),
                run.versions(),
                run.hardware(),
                run.notes(),
                List.of(new Failure("a", "baseline", 3, "out of memory"), new Failure(null, null, 1, "lost")),
                run.experimentYaml());
        String page = Markup.parse(Pages.report(new RunReport(failed, empty.studies(), empty.trials(), empty.cost())))
                .getTextContent();
        assertThat(page)
                .contains("No held-out perplexity is known, and 2 measurements failed: see Failures below.")
                .doesNotContain("has been measured yet");
    }

    @Test
    void doubtfulScalesAreNotPutForward() {
        StudyReport doubtful = SampleReport.finished("a", "rtn:bits=4,group=0", 4, 7, 2, 1, 0.002);
        StudyReport gaining = SampleReport.worse(SampleReport.finished("b", "rtn:bits=2,group=0", 4, 7, 2, 1, 0.05));
        Element page = Markup.parse(Pages.report(SampleReport.report(RunState.FINISHED, List.of(doubtful, gaining))));
        assertThat(page.getTextContent().replaceAll("\\s+", " "))
                .contains("rtn:bits=4,group=0 under yarn:factor=4, without scales")
                .contains(
                        "No scales are worth using: the held-out gain of a, +0.0020 [\u22120.0021, +0.0061] nats of ln J,"
                                + " cannot be told from zero.")
                .contains("Largest gain on held-out documents: b: J falls by 4.88 %");
        assertThat(Markup.texts(page, "pre").subList(0, 2))
                .allMatch(command -> command.startsWith("qroar export demo-"))
                .satisfiesExactly(
                        best -> assertThat(best).endsWith(" --unscaled --out demo-unscaled"),
                        second -> assertThat(second).endsWith(" --study b --out demo-b"));
    }

    @Test
    void sectionsComeInTheOrderOfImportance() {
        Element page = Markup.parse(Pages.report(SampleReport.demo()));
        assertThat(Markup.texts(page, "h2"))
                .containsExactly(
                        "What to use",
                        "Every study",
                        "Perplexity of every quantizer and RoPE scaling",
                        "Studies in full",
                        "Diagnostics",
                        "Cost",
                        "Failures",
                        "How the figures are measured",
                        "Reproducibility");
        assertThat(Markup.all(page, "table"))
                .allMatch(table -> Markup.all(table, "caption").size() == 1);
        assertThat(Markup.texts(page, "pre")).last().asString().startsWith("name: demo");
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
        assertThat(Markup.texts(page, "pre")).last().isEqualTo(HOSTILE);
        assertThat(Markup.texts(page, "h3").get(0)).startsWith(HOSTILE);
        assertInert(Markup.parse(Pages.comparison(List.of(hostile(), SampleReport.demo()))));
    }

    /** Nothing in the tree can load, run or style anything. */
    private static void assertInert(Element page) {
        assertThat(Markup.all(page, "style")).hasSize(1);
        assertThat(Markup.texts(page, "script"))
                .containsExactly(Stylesheet.js()
                        .replace("<![CDATA[", "")
                        .replace("]]>", "")
                        .strip());
        for (Element element : Markup.all(page, "*")) {
            assertThat(element.getTagName()).isNotIn("link", "img", "iframe", "object", "use", "image", "form");
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
        assertThat(page).doesNotContain("http:", "https:", "src=", "url(", "@import", "javascript:");
        Element root = Markup.parse(bytes);
        assertInert(root);
        String css = digest(page, "style");
        String js = digest(page, "script");
        assertThat(Markup.all(root, "meta").stream()
                        .filter(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy"))
                        .map(meta -> meta.getAttribute("content")))
                .containsExactly("default-src 'none'; style-src 'sha256-" + css + "'; script-src 'sha256-" + js
                        + "'; base-uri 'none'; form-action 'none'");
    }

    /** Of the text between the tags as a browser sees it. */
    private static String digest(String page, String element) throws Exception {
        int from = page.indexOf("<" + element + ">") + element.length() + 2;
        byte[] text =
                page.substring(from, page.indexOf("</" + element + ">", from)).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(text));
    }

    @Test
    void tablesAndFiguresAreNumberedInTheirOrder() {
        Element page = Markup.parse(Pages.report(SampleReport.factorial()));
        for (String kind : List.of("Table", "Figure")) {
            List<Element> captions = Markup.all(page, kind.equals("Table") ? "caption" : "figcaption");
            assertThat(captions).hasSizeGreaterThan(10);
            for (int i = 0; i < captions.size(); i++) {
                assertThat(captions.get(i).getTextContent()).startsWith(kind + " " + (i + 1) + ". ");
            }
        }
    }

    @Test
    void diagnosticsAreShownOncePerRopeScaling() {
        RunReport sweep = SampleReport.factorial();
        List<DiagnosticsBlock> blocks = ReportPage.of(sweep).diagnostics();
        assertThat(blocks).extracting(DiagnosticsBlock::rope).containsExactly("yarn:factor=4", "ntk:alpha=4");
        assertThat(blocks).allSatisfy(block -> {
            assertThat(block.studies()).hasSize(12);
            assertThat(block.bands()).extracting(List::size).containsExactly(2, 4, 8);
        });
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
        assertThat(qroar.reports.best.Best.largestGain(sweep.studies()))
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

    /** What J is stands beside it, and gains of different objectives are not ranked. */
    @Test
    void aStudyThatSeeksNeedlesSaysSo() {
        StudyReport plain = SampleReport.demo().studies().get(0);
        StudyReport needle = seeking("needle");
        String text = Markup.parse(Pages.report(SampleReport.report(RunState.FINISHED, List.of(plain, needle))))
                .getTextContent();
        assertThat(text)
                .contains(
                        "Sought is needle: ln J is the mean loss per token of an answer",
                        "Held-out answers lose 1.099 nats per token before and 0.876 after",
                        "those of J over rounds of questions",
                        "Each study is judged by what it sought")
                .doesNotContain("${page", "${section", "largest gain of the 2 studies");
        assertThat(Markup.parse(Pages.report(SampleReport.report(RunState.FINISHED, List.of(needle))))
                        .getTextContent())
                .contains("J of needles");
    }

    private static StudyReport seeking(String objective) {
        StudyReport plain = SampleReport.demo().studies().get(0);
        ObjectiveOutcome known = plain.objective();
        return SampleReport.with(
                plain,
                plain.lengths(),
                new ObjectiveOutcome(
                        3.1,
                        2.2,
                        3.0,
                        2.4,
                        known.searchGain(),
                        new Interval(9, 8, 10),
                        known.heldOutControlGain(),
                        objective,
                        1.0986,
                        0.8755));
    }

    /** A fall of the answers' loss by 9 nats is no larger than one of ln perplexity by 0.3. */
    @Test
    void gainsOfDifferentObjectivesAreNotRankedAmongRuns() {
        RunReport text = SampleReport.demo();
        RunReport answers = SampleReport.report(RunState.FINISHED, List.of(seeking("needle")));
        RunReport mixed =
                SampleReport.report(RunState.FINISHED, List.of(seeking("mixture"), seeking("mixture:needles=0.3")));
        Element page = Markup.parse(Pages.comparison(List.of(text, answers, mixed)));
        assertThat(page.getTextContent())
                .contains(
                        "searched for different objectives (perplexity, needle, mixture, mixture:needles=0.3)",
                        "and are not ranked",
                        "objective perplexity, ",
                        "in nats per token of an answer",
                        "of the studies with objective ",
                        "Held-out gain (nats per token of an answer; positive is better) of every study of every run with"
                                + " objective needle",
                        "ln J is 0.3 times the mean loss per token of an answer and the rest of it ln J of perplexity");
        assertThat(Markup.all(page, "figure")).as("one for each objective").hasSize(4);
        assertThat(Markup.all(page, "table").get(0).getAttribute("class"))
                .as("nothing to sort by")
                .isEmpty();
        assertThat(Markup.texts(Markup.all(page, "table").get(2), "th")).contains("objective");

        Element alike = Markup.parse(Pages.comparison(List.of(answers, answers)));
        assertThat(alike.getTextContent())
                .contains("held-out gain (nats per token of an answer)")
                .doesNotContain("nats of ln J", "not ranked");
        assertThat(Markup.all(alike, "table").get(0).getAttribute("class")).isEqualTo("sort");
    }
}
