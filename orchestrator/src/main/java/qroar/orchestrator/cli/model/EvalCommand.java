package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import qroar.orchestrator.app.measurement.DivergenceMeasurement;
import qroar.orchestrator.app.measurement.PerplexityFigures;
import qroar.orchestrator.app.measurement.PerplexityMeasurement;
import qroar.orchestrator.app.measurement.PerplexitySettings;
import qroar.orchestrator.app.model.ChosenModel;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.cli.option.DocumentOptions;
import qroar.orchestrator.cli.option.EvidenceOptions;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.storage.AtomicFile;

/** {@code qroar eval}: perplexity of one model on some documents. */
@Command(
        name = "eval",
        description = "Perplexity of a checkpoint, optionally quantized, interpolated and with band scales.",
        mixinStandardHelpOptions = true)
public final class EvalCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private ScalesOptions scaling = new ScalesOptions();

    @Mixin
    private DocumentOptions texts = new DocumentOptions();

    @Option(
            names = "--protocol",
            paramLabel = "NAME",
            defaultValue = "nested",
            description = "one of ${bundle:protocols} (default ${DEFAULT-VALUE}); see below how they differ")
    private String protocol = "nested";

    @Option(
            names = "--length",
            paramLabel = "L",
            split = ",",
            description = "context lengths in tokens; left out, nested takes every document whole")
    private List<Integer> lengths = new ArrayList<>();

    @Option(
            names = "--stride",
            paramLabel = "S",
            description = "tokens from window to window, at most L; left out, what the protocol says below")
    private @Nullable Integer stride;

    @Option(
            names = "--start-token",
            paramLabel = "ID|none",
            description = "token before every window of yarn, or before a document of lm-eval; a document that begins"
                    + " with it gets no second one. Left out, bos_token_id of config.json (for lm-eval else"
                    + " eos_token_id)")
    private @Nullable String startToken;

    @Option(
            names = "--per-token",
            paramLabel = "FILE.json",
            description = "write {\"nll\":[...]}: nats of each predicted token in document order, of the longest length"
                    + " (nested: of one forward over the whole document, or its first L tokens)")
    private @Nullable Path perToken;

    @Mixin
    private EvidenceOptions evidence = new EvidenceOptions();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec
    void explainProtocols(CommandSpec spec) {
        List<String> footer = new ArrayList<>(List.of("", "Protocols:"));
        PerplexityFigures.explanations().forEach(each -> footer.add("  " + each));
        footer.add("");
        footer.add("Several documents are pooled, in the protocol's own averaging.");
        spec.usageMessage().footer(footer.toArray(String[]::new));
    }

    @Override
    public Integer call() {
        PerplexitySettings settings = new PerplexitySettings(protocol, lengths, stride, startToken);
        settings.requireSensible();
        DivergenceMeasurement.Settings asked = evidence.settings();
        Path lossFile = Output.writable("--per-token", perToken);
        ChosenModel chosen = ChosenModel.open(model.settings());
        ChosenScales scales = ChosenScales.read(scaling.settings(), chosen);
        DivergenceMeasurement.Result found = asked.isNothing()
                ? DivergenceMeasurement.Result.plain(PerplexityMeasurement.of(settings, chosen, scales, texts.source()))
                : DivergenceMeasurement.of(settings, asked, chosen, scales, texts.source());
        if (lossFile != null) {
            AtomicFile.write(
                    lossFile, Output.json(Map.of("nll", found.measured().tokenNll())));
        }
        if (json) {
            Map<String, Object> result = PerplexityFigures.json(found);
            result.putAll(chosen.describe());
            result.put("scales", scales.describe());
            result.put("sidecar", scales.sidecar());
            result.put("documents", found.measured().documents());
            System.out.println(Output.json(result));
        } else {
            PerplexityFigures.lines(found).forEach(System.out::println);
        }
        return ExitCode.DONE.code();
    }
}
