package qroar.orchestrator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Everything that is read from users, with a sound input each, in a folder of its own. */
final class HostileTargets {
    private static final Path RECORDED = Path.of("src/test/resources/recorded-runs");
    private static final String TOKENS = "{\"tokens\":[1,14,51,88,125,162,199,236,23,60,97,134,171,208,245,32,69,106]}";
    private static final String TEXT =
            "Once upon a time, in a large forest, there lived a rabbit named Ben. It's 12 o'clock!\n\nThe end, ’tis so.\n";

    private final Path scratch;
    private final List<HostileTarget> targets = new ArrayList<>();

    private HostileTargets(Path scratch) {
        this.scratch = scratch;
    }

    static List<HostileTarget> in(Path scratch) throws IOException {
        List<HostileTarget> all = new ArrayList<>(ofModels(scratch));
        all.addAll(ofOthers(scratch));
        return all;
    }

    /** Checkpoints, their formats and tokenizers. */
    static List<HostileTarget> ofModels(Path scratch) throws IOException {
        HostileTargets models = new HostileTargets(scratch);
        models.checkpoints();
        models.formats();
        models.tokenizers();
        return models.targets;
    }

    /** All that is not part of a model. */
    static List<HostileTarget> ofOthers(Path scratch) throws IOException {
        HostileTargets others = new HostileTargets(scratch);
        others.documents();
        others.tasks();
        others.experiments();
        others.scalesAndSpecs();
        others.runs();
        return others.targets;
    }

    private Path model(String name) throws IOException {
        return KnownCase.of("jsonl-as-text", Files.createDirectories(scratch.resolve(name)))
                .folder();
    }

    private Path file(String name, String text) throws IOException {
        Path file = scratch.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static List<String> eval(Path model, String... more) {
        List<String> words = new ArrayList<>(
                List.of("eval", "--model", model.toString(), "--length", "8,16", "--threads", "1", "--json"));
        words.addAll(Arrays.asList(more));
        return words;
    }

    /** Mostly changes of structure, some of bytes. */
    private static Mutant ofJson(byte[] seed, SplittableRandom random) {
        return random.nextInt(3) > 0 ? JsonMutator.of(seed, random) : ByteMutator.of(seed, random);
    }

    /** As {@link #ofJson}; what has one value a line is reordered within its line. */
    private static Mutant ofLine(byte[] seed, SplittableRandom random) {
        Mutant mutant = ofJson(seed, random);
        return mutant.isNeutral()
                ? new Mutant(
                        mutant.what(),
                        JsonMutator.tree(mutant.bytes()).toString().getBytes(UTF_8),
                        true)
                : mutant;
    }

    private void checkpoints() throws IOException {
        String tokens = file("tokens/short.json", TOKENS).toString();
        Path config = model("config");
        targets.add(FileTarget.of(
                        "config.json",
                        170,
                        config.resolve("config.json"),
                        HostileTargets::ofJson,
                        eval(config, "--tokens", tokens))
                .comparing());
        Path weights = model("weights");
        targets.add(FileTarget.of(
                        "safetensors header",
                        130,
                        weights.resolve("model.safetensors"),
                        HostileTargets::ofHeader,
                        eval(weights, "--tokens", tokens))
                .comparing());
        Path sharded = Files.createDirectories(scratch.resolve("sharded"));
        copy(CommandRun.GOLDEN.resolve("checkpoints/tiny-llama-bf16-sharded"), sharded);
        targets.add(FileTarget.of(
                        "index",
                        80,
                        sharded.resolve("model.safetensors.index.json"),
                        HostileTargets::ofJson,
                        eval(sharded, "--tokens", tokens))
                .comparing());
    }

    /** Models in formats of others: GGUF's header, and what quantizers of others say in config.json. */
    private void formats() throws IOException {
        String tokens = file("formats/short.json", TOKENS).toString();
        Path gguf = Files.createDirectories(scratch.resolve("gguf")).resolve("model.gguf");
        Files.copy(CommandRun.GOLDEN.resolve("formats/qwen2-q4_1.gguf"), gguf);
        targets.add(FileTarget.of("GGUF header", 60, gguf, HostileTargets::ofStart, eval(gguf, "--tokens", tokens)));
        for (String name : List.of("awq-qwen2", "ct-qwen3", "gptq-act-llama")) {
            Path model = Files.createDirectories(scratch.resolve(name));
            copy(CommandRun.GOLDEN.resolve("formats").resolve(name), model);
            targets.add(FileTarget.of(
                            "config.json (" + name + ")",
                            15,
                            model.resolve("config.json"),
                            HostileTargets::ofJson,
                            eval(model, "--tokens", tokens))
                    .comparing());
        }
    }

    /** The first bytes, which hold counts, keys and shapes; behind them the file as it was. */
    private static Mutant ofStart(byte[] seed, SplittableRandom random) {
        int start = Math.min(seed.length, 1 << (6 + random.nextInt(6)));
        Mutant changed = ByteMutator.of(Arrays.copyOf(seed, start), random);
        return new Mutant(changed.what(), joined(changed.bytes(), seed, start), false);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** The length field, the header's JSON, and behind it the data as they were. */
    private static Mutant ofHeader(byte[] seed, SplittableRandom random) {
        int length = (int) ByteBuffer.wrap(seed).order(ByteOrder.LITTLE_ENDIAN).getLong();
        byte[] header = Arrays.copyOfRange(seed, 8, 8 + length);
        if (random.nextInt(3) == 0) {
            Mutant start = ByteMutator.of(Arrays.copyOf(seed, 8 + length), random);
            return new Mutant(start.what(), joined(start.bytes(), seed, 8 + length), false);
        }
        Mutant changed = JsonMutator.of(header, random);
        // A header begins with its brace; reordered ones may have blanks in front.
        byte[] json =
                changed.isNeutral() ? new String(changed.bytes(), UTF_8).strip().getBytes(UTF_8) : changed.bytes();
        byte[] whole = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
        Arrays.fill(whole, json.length, whole.length, (byte) ' ');
        byte[] field = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(whole.length)
                .array();
        return new Mutant(changed.what(), joined(joined(field, whole, 0), seed, 8 + length), changed.isNeutral());
    }

    private static byte[] joined(byte[] first, byte[] second, int from) {
        byte[] joined = Arrays.copyOf(first, first.length + second.length - from);
        System.arraycopy(second, from, joined, first.length, second.length - from);
        return joined;
    }

    private void tokenizers() throws IOException {
        String text = file("text/text.txt", TEXT).toString();
        Path tokenizer = model("tokenizer");
        targets.add(FileTarget.of(
                "tokenizer.json",
                3,
                tokenizer.resolve("tokenizer.json"),
                HostileTargets::ofJson,
                eval(tokenizer, "--docs", text)));
        Path settings = model("settings");
        targets.add(FileTarget.of(
                        "tokenizer_config.json",
                        60,
                        settings.resolve("tokenizer_config.json"),
                        HostileTargets::ofJson,
                        eval(settings, "--docs", text))
                .comparing());
    }

    private void documents() throws IOException {
        Path model = model("documents");
        Path tokens = file("documents/tokens.json", TOKENS);
        targets.add(FileTarget.of(
                        "token file", 100, tokens, HostileTargets::ofJson, eval(model, "--tokens", tokens.toString()))
                .comparing());
        Path text = file("documents/text.txt", TEXT);
        targets.add(FileTarget.of("text", 80, text, ByteMutator::of, eval(model, "--docs", text.toString())));
        Path calibration = file("documents/calibration.txt", TEXT.repeat(3));
        targets.add(FileTarget.of(
                "calibration text",
                10,
                calibration,
                ByteMutator::of,
                List.of(
                        "eval",
                        "--model",
                        model.toString(),
                        "--tokens",
                        file("documents/ids.json", TOKENS).toString(),
                        "--length",
                        "8",
                        "--threads",
                        "1",
                        "--json",
                        "--quantize",
                        "gptq:bits=4,group=16",
                        "--calibration",
                        calibration.toString(),
                        "--calibration-length",
                        "16",
                        "--calibration-sequences",
                        "2")));
    }

    private void tasks() throws IOException {
        Path model = model("tasks");
        Path piqa = file(
                "tasks/piqa.jsonl",
                "{\"goal\":\"Boil water.\",\"sol1\":\"Use ice.\",\"sol2\":\"Use a pot.\",\"label\":1}");
        targets.add(FileTarget.of("task file", 60, piqa, HostileTargets::ofLine, taskWords(model, "piqa=" + piqa))
                .comparing());
        Path hella = file(
                "tasks/hellaswag.jsonl",
                "{\"activity_label\":\"Vault\",\"ctx_a\":\"A [x] b.\",\"ctx_b\":\"they\",\"label\":\"1\",\"endings\":[\"c\",\"d\"]}");
        targets.add(FileTarget.of(
                "task file (hellaswag)", 40, hella, HostileTargets::ofLine, taskWords(model, "hellaswag=" + hella)));
        Path questions =
                file("tasks/labelled.jsonl", "{\"goal\":\"Boil.\",\"sol1\":\"Ice.\",\"sol2\":\"A pot.\"}\n".repeat(2));
        Path labels = file("tasks/labels.txt", "1\n0\n");
        List<String> words = taskWords(model, "piqa=" + questions);
        words.addAll(List.of("--labels", "piqa=" + labels));
        targets.add(FileTarget.of("labels", 10, labels, ByteMutator::of, words));
    }

    private static List<String> taskWords(Path model, String file) {
        return new ArrayList<>(
                List.of("tasks", file, "--model", model.toString(), "--threads", "1", "--json", "--length", "64"));
    }

    /** Experiments that are begun in a folder that cannot be made: all is read and planned, nothing is computed. */
    private void experiments() throws IOException {
        Path folder = Files.createDirectories(scratch.resolve("experiment"));
        Path noFolder = file("experiment/no-folder", "");
        String runs = noFolder.resolve("runs").toString();
        Path model = model("experiment");
        file("experiment/a.json", TOKENS);
        file("experiment/b.json", TOKENS.replace("106", "107"));
        Path stories = file(
                "experiment/stories.jsonl",
                IntStream.range(0, 16)
                        .mapToObj(i -> "{\"text\":\"Story " + i
                                + ": once there was a rabbit, happy for a long time.\",\"m\":NaN}\n")
                        .collect(Collectors.joining()));
        String yaml = """
                name: x
                model: %s
                documents:
                  search: [{tokens: a.json}]
                  held-out: [{tokens: b.json}]
                lengths: [8, 16]
                window: 8
                trained-window: 16
                quantizer: ["rtn:bits=3,group=16", none]
                rope: ["yarn:factor=4,original=64", none]
                bands: [2, 4]
                grid: 3
                mode: [shared, symmetric]
                search: {strategy: coordinate, min-gain: 0.001, window: {widest: 0.2}}
                stopping: {rule: betting, alpha: 0.05}
                """.formatted(model);
        Path block = Files.writeString(folder.resolve("block.yaml"), yaml);
        targets.add(FileTarget.of(
                        "experiment",
                        60,
                        block,
                        ByteMutator::of,
                        List.of("run", block.toString(), "--runs", runs, "--no-progress"))
                .endingWith("no-folder"));
        ObjectNode flow = (ObjectNode) JsonMutator.tree(("{\"name\":\"x\",\"model\":\"" + model
                        + "\",\"documents\":{\"search\":[{\"tokens\":\"a.json\"}],\"held-out\":[{\"tokens\":\"b.json\"}]},"
                        + "\"lengths\":[8,16],\"window\":8,\"trained-window\":16,\"quantizer\":[\"rtn:bits=3,group=16\",\"none\"],"
                        + "\"rope\":[\"yarn:factor=4,original=64\",\"none\"],\"bands\":[2,4],\"grid\":3,\"mode\":[\"shared\"],"
                        + "\"search\":{\"strategy\":\"coordinate\",\"min-gain\":0.001,\"window\":{\"widest\":0.2}},"
                        + "\"stopping\":{\"rule\":\"none\",\"alpha\":0.05}}")
                .getBytes(UTF_8));
        Path json = Files.writeString(folder.resolve("flow.yaml"), flow.toString());
        targets.add(FileTarget.of(
                        "experiment (structure)",
                        60,
                        json,
                        JsonMutator::of,
                        List.of("run", json.toString(), "--runs", runs, "--no-progress"))
                .endingWith("no-folder"));
        Path packed = Files.writeString(
                folder.resolve("packed.yaml"),
                yaml.replace("[{tokens: a.json}]", "[{packed: stories.jsonl, tokens: 40, count: 2}]")
                        .replace("[{tokens: b.json}]", "[{packed: stories.jsonl, tokens: 40, count: 1, skip: 3}]"));
        targets.add(FileTarget.of(
                        "JSON lines",
                        60,
                        stories,
                        ByteMutator::of,
                        List.of("run", packed.toString(), "--runs", runs, "--no-progress"))
                .endingWith("no-folder"));
    }

    private void scalesAndSpecs() throws IOException {
        Path model = model("scales");
        String tokens = file("scales/tokens.json", TOKENS).toString();
        Path sidecar = file(
                "scales/scales.json",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,2],\"scale\":1.05},"
                        + "{\"pairs\":[2,4],\"scale\":0.95}],\"study\":\"x\"}");
        targets.add(FileTarget.of(
                        "scales sidecar",
                        50,
                        sidecar,
                        HostileTargets::ofJson,
                        eval(model, "--tokens", tokens, "--scales", sidecar.toString()))
                .comparing());
        targets.add(new WordTarget(
                "scales list",
                30,
                List.of("1,1", "1.05,0.95", "0.9,1.1,1.2e0,1"),
                eval(model, "--tokens", tokens, "--scales")));
        targets.add(new WordTarget(
                "rope spec",
                60,
                List.of(
                        "yarn:factor=4,original=64,beta-fast=32,beta-slow=1,attention-factor=1.1,truncate=true",
                        "linear:factor=2",
                        "dynamic:factor=4",
                        "llama3:factor=8,low=1,high=4,original=64",
                        "longrope:short=1;1;1;1,long=2;2;2;2,original=64,factor=2"),
                List.of("rope", "--model", model.toString(), "--json", "--rope")));
        targets.add(new WordTarget(
                "quantization spec",
                30,
                List.of("rtn:bits=4,group=16,kv-bits=8", "rtn:bits=3,group=0,act-bits=4,act=asym", "none"),
                eval(model, "--tokens", tokens, "--quantize")));
        targets.add(new CommandLineTarget(
                40,
                List.of(
                        model.toString(),
                        tokens,
                        sidecar.toString(),
                        "piqa=" + scratch.resolve("tasks/labels.txt"),
                        "4",
                        "0",
                        "-1",
                        "99999999999",
                        "1e309",
                        "none",
                        "linear:factor=2",
                        "rtn:bits=4,group=16",
                        "shared",
                        "8,16",
                        "hf",
                        "lm-eval",
                        "yarn",
                        "",
                        "@/dev/zero",
                        "/dev/zero",
                        scratch.toString(),
                        "nowhere",
                        "--",
                        "2")));
    }

    private void runs() throws IOException {
        Path run = recorded("report");
        Path result = run.resolve("result.json");
        Path sound = Path.of("src/test/resources/cases/hostile/result-1-29-trace-rc1-/result.json");
        Files.writeString(result, Files.readString(sound).replace("-2147483648", "1024"));
        String page = scratch.resolve("page.html").toString();
        targets.add(FileTarget.of(
                "result.json", 60, result, HostileTargets::ofJson, List.of("report", run.toString(), "--out", page)));
        Path manifest = recorded("manifest");
        targets.add(FileTarget.of(
                "run.json",
                10,
                manifest.resolve("run.json"),
                HostileTargets::ofJson,
                List.of("status", manifest.toString(), "--json")));
        Path finished = finished();
        targets.add(
                JournalTarget.of("journal (status)", 5, finished, List.of("status", finished.toString(), "--json")));
        targets.add(JournalTarget.of(
                "journal (replay)",
                5,
                finished,
                List.of("replay", finished.toString(), "--stopping", "none", "--json")));
        targets.add(JournalTarget.of(
                        "journal (check)", 5, finished, List.of("status", finished.toString(), "--check", "--json"))
                .comparing());
        targets.add(JournalTarget.of(
                        "journal (resume)",
                        1,
                        finished,
                        List.of("resume", finished.toString(), "--threads", "1", "--no-progress"))
                .comparing());
    }

    /** A small run that was carried out here. */
    private Path finished() throws IOException {
        KnownCase small = KnownCase.of("jsonl-nan-beside-text", Files.createDirectories(scratch.resolve("finished")));
        Path runs = scratch.resolve("finished/runs");
        CommandRun run = small.run("run", "x.yaml", "--runs", runs.toString(), "--threads", "1", "--no-progress");
        if (run.code() != 0) {
            throw new IllegalStateException(run.err());
        }
        try (Stream<Path> entries = Files.list(runs)) {
            return entries.filter(each -> Files.exists(each.resolve("journal.db")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Path recorded(String name) throws IOException {
        Path run = Files.createDirectories(scratch.resolve(name).resolve("recorded"));
        Path source;
        try (Stream<Path> entries = Files.list(RECORDED)) {
            source = entries.filter(Files::isDirectory).max(Path::compareTo).orElseThrow();
        }
        Files.copy(source.resolve("run.json"), run.resolve("run.json"));
        Files.copy(source.resolve("experiment.yaml"), run.resolve("experiment.yaml"));
        try (InputStream packed = new GZIPInputStream(Files.newInputStream(source.resolve("journal.db.gz")))) {
            Files.copy(packed, run.resolve("journal.db"));
        }
        return run;
    }
}
