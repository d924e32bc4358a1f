package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.cli.option.DocumentOptions;
import qroar.orchestrator.cli.option.ModelOptions;
import qroar.orchestrator.cli.option.ScalesOptions;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.orchestrator.rundirectory.AtomicFiles;
import qroar.protocol.BadInput;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.evaluation.Evaluation;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.evaluation.Perplexity;
import qroar.workers.evaluation.Protocol;
import qroar.workers.evaluation.Setting;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.ReadingPlan;
import qroar.workers.text.TokenizedDocument;

/** {@code qroar eval}: perplexity of one model on some documents. */
@Command(
        name = "eval",
        description = "Perplexity of a checkpoint, optionally quantized, interpolated and with band scales.",
        mixinStandardHelpOptions = true)
public final class EvalCommand implements Callable<Integer> {
    private static final String START_TOKEN_ADVICE = ", or give --start-token ID or none";

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

    @Option(
            names = "--order",
            paramLabel = "ORDER",
            defaultValue = "document",
            description = "document (default: chunk by chunk through all layers) or layer (layer by layer through all"
                    + " chunks: keys and values of one layer only); changes no figure. With --placement mapped, a model"
                    + " larger than the memory runs")
    private String order = "document";

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec
    void explainProtocols(CommandSpec spec) {
        List<String> footer = new ArrayList<>(List.of("", "Protocols:"));
        for (Protocol each : Protocol.values()) {
            String stride = each.isStrided() ? " Stride left out: " + each.strideLeftOut() + "." : "";
            footer.add("  " + Columns.pad(each.word(), 8) + each.explanation() + "." + stride);
        }
        footer.add("");
        footer.add("Several documents are pooled, in the protocol's own averaging.");
        spec.usageMessage().footer(footer.toArray(String[]::new));
    }

    @Override
    public Integer call() {
        Protocol chosen = Protocol.ofWord(protocol);
        checkOptions(chosen);
        ReadingPlan reading = ReadingPlan.of(ReadingPlan.Order.ofWord(order));
        Path lossFile = Output.writable("--per-token", perToken);
        Checkpoint checkpoint = model.checkpoint();
        RopeScaling rope = model.rope(checkpoint);
        model.quantization();
        BandScales scales = scaling.read(checkpoint, rope, model.quantization());
        try (DocumentReader reader = new DocumentReader(checkpoint)) {
            List<TokenizedDocument> documents = texts.read(reader);
            Evaluator.checkLengths(chosen, documents, lengths);
            noteShortDocuments(chosen, documents);
            try (DecoderModel loaded = model.load(checkpoint, reader, longest(documents), reading)) {
                List<Evaluation> evaluations =
                        evaluate(chosen, new Evaluator(loaded, rope, scales, reading), documents);
                model.noteNonFinite(loaded);
                if (lossFile != null) {
                    Map<String, Object> losses = Map.of(
                            "nll", evaluations.get(evaluations.size() - 1).tokenNll());
                    AtomicFiles.write(lossFile, Output.json(losses));
                }
                List<Perplexity> perplexities = evaluations.stream()
                        .flatMap(evaluation -> evaluation.perplexities().stream())
                        .toList();
                if (json) {
                    System.out.println(Output.json(result(chosen, rope, scales, documents, perplexities)));
                } else {
                    print(chosen, perplexities);
                }
            }
        }
        return ExitCode.DONE.code();
    }

    /** Positions of the longest pass: windows are no longer than the longest length, and a document bounds both. */
    private int longest(List<TokenizedDocument> documents) {
        int document = documents.stream().mapToInt(d -> d.ref().tokens()).max().orElse(1);
        return lengths.isEmpty() ? document : Math.min(document, Collections.max(lengths));
    }

    private void noteShortDocuments(Protocol chosen, List<TokenizedDocument> documents) {
        for (int length : chosen.takesShortDocuments() ? new TreeSet<>(lengths) : new TreeSet<Integer>()) {
            long shorter = documents.stream()
                    .filter(each -> each.ref().tokens() < length)
                    .count();
            if (shorter > 0) {
                System.err.println(
                        "qroar: " + shorter + " of " + documents.size() + " documents are shorter than length " + length
                                + "; each is one window of the tokens that it has");
            }
        }
    }

    private void checkOptions(Protocol chosen) {
        if (lengths.isEmpty() && chosen.needsLength()) {
            throw new BadInput("--protocol " + protocol + " needs --length L, the tokens of a window");
        }
        if (stride != null && !chosen.isStrided()) {
            throw new BadInput("--stride " + stride + " has no meaning under --protocol " + protocol);
        }
        if (startToken != null && chosen.start() == Protocol.Start.NOTHING) {
            throw new BadInput("--start-token " + startToken + " has no meaning under --protocol " + protocol);
        }
    }

    private List<Evaluation> evaluate(Protocol chosen, Evaluator evaluator, List<TokenizedDocument> documents) {
        Integer token = switch (chosen.start()) {
            case NOTHING -> null;
            case TOKEN_IF_ANY -> startToken(evaluator.config());
            case TOKEN -> prefixToken(evaluator.config());
        };
        return evaluator.evaluate(chosen, documents, new Setting(lengths, stride, token));
    }

    /** Null for none. */
    private @Nullable Integer startToken(ModelConfig config) {
        if (startToken == null) {
            if (config.bosTokenId() == null) {
                config.requireUsable("bos_token_id", START_TOKEN_ADVICE);
            }
            return config.bosTokenId();
        }
        if (startToken.equals("none")) {
            return null;
        }
        int id;
        try {
            id = Integer.parseInt(startToken);
        } catch (NumberFormatException e) {
            throw new BadInput("--start-token '" + startToken + "' is neither a token id nor none", e);
        }
        if (id < 0 || id >= config.vocabularySize()) {
            throw new BadInput("--start-token " + id + " lies outside the vocabulary of " + config.vocabularySize());
        }
        return id;
    }

    private int prefixToken(ModelConfig config) {
        Integer token = startToken(config);
        if (token == null && startToken == null && !config.eosTokenIds().isEmpty()) {
            token = config.eosTokenIds().get(0);
        }
        if (token == null && startToken == null) {
            config.requireUsable("eos_token_id", START_TOKEN_ADVICE);
        }
        if (token == null) {
            throw new BadInput(
                    "--protocol " + protocol + " scores the first token too and needs one before it; config.json names"
                            + " none: give --start-token ID");
        }
        return token;
    }

    private Map<String, Object> result(
            Protocol chosen,
            RopeScaling rope,
            @Nullable BandScales scales,
            List<TokenizedDocument> documents,
            List<Perplexity> perplexities) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("results", perplexities.stream().map(EvalCommand::row).toList());
        result.put("protocol", chosen.word());
        result.put("explanation", chosen.explanation());
        result.putAll(model.describe(rope));
        result.put("scales", ScalesOptions.describe(scales));
        result.put("sidecar", scaling.sidecar());
        result.put("documents", documents.stream().map(TokenizedDocument::ref).toList());
        return result;
    }

    private static Map<String, Object> row(Perplexity perplexity) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("protocol", perplexity.protocol().word());
        row.put("length", perplexity.length());
        row.put("stride", perplexity.stride());
        row.put("perplexity", perplexity.perplexity());
        row.put("meanNll", perplexity.meanNll());
        row.put("tokens", perplexity.tokens());
        if (perplexity.exactPerplexity() != null) {
            row.put("exactPerplexity", perplexity.exactPerplexity());
        }
        return row;
    }

    private static void print(Protocol chosen, List<Perplexity> perplexities) {
        System.out.println(chosen.word() + ": " + chosen.explanation());
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(Arrays.asList("length", "stride", "perplexity", "mean nll", "tokens"));
        if (perplexities.stream().anyMatch(perplexity -> perplexity.exactPerplexity() != null)) {
            head.add("every token alike");
        }
        rows.add(head);
        for (Perplexity perplexity : perplexities) {
            List<String> row = new ArrayList<>(List.of(
                    String.valueOf(perplexity.length()),
                    perplexity.stride() == null ? "-" : String.valueOf(perplexity.stride()),
                    Output.fixed(perplexity.perplexity(), 4),
                    Output.fixed(perplexity.meanNll(), 5),
                    String.valueOf(perplexity.tokens())));
            if (perplexity.exactPerplexity() != null) {
                row.add(Output.fixed(perplexity.exactPerplexity(), 4));
            }
            rows.add(row);
        }
        Columns.of(rows).forEach(System.out::println);
    }
}
