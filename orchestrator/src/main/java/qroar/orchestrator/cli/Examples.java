package qroar.orchestrator.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What people type, at the end of every help text. */
final class Examples {
    /** What every terminal shows, less the sign of continuation. */
    private static final int WIDTH = 76;

    private static final Map<String, List<String>> OF = Map.ofEntries(
            Map.entry("init", List.of("qroar init DIR texts --out my.yaml", "qroar init ORG/NAME texts --length 8192")),
            Map.entry(
                    "run",
                    List.of(
                            "qroar run experiments/samples/demo.yaml",
                            "qroar run my.yaml bands=8 quantizer=awq:bits=4,group=128 lengths=512,1024",
                            "qroar run my.yaml --devices gpu:0,gpu:1 --dashboard 8123")),
            Map.entry("plan", List.of("qroar plan experiments/samples/demo.yaml")),
            Map.entry("resume", List.of("qroar resume runs/my-llama-0123456789ab")),
            Map.entry("stop", List.of("qroar stop my-llama")),
            Map.entry("status", List.of("qroar status", "qroar status my-llama --json", "qroar status --check")),
            Map.entry("watch", List.of("qroar watch my-llama", "qroar watch my-llama --once")),
            Map.entry(
                    "report",
                    List.of(
                            "qroar report my-llama",
                            "qroar report run-a run-b --out comparison.html",
                            "qroar report my-llama --files figures --tensorboard board")),
            Map.entry("replay", List.of("qroar replay my-llama --stopping halving")),
            Map.entry("calibrate", List.of("qroar calibrate losses.json")),
            Map.entry("bench", List.of("qroar bench search my.yaml")),
            Map.entry(
                    "eval",
                    List.of(
                            "qroar eval --model DIR --docs a.txt b.txt --length 2048,8192 --rope yarn:factor=4",
                            "qroar eval --model DIR --docs a.txt --quantize awq:bits=4,group=128 --calibration c.txt"
                                    + " --scales runs/RUN/scales/STUDY.json",
                            "qroar eval --model DIR --reference ORIGINAL --docs a.txt --quantize rtn:bits=4,group=64")),
            Map.entry("tasks", List.of("qroar tasks arc-easy=ARC-Easy-Test.jsonl --model DIR --shots 5")),
            Map.entry(
                    "needles",
                    List.of(
                            "qroar needles --model DIR --task passkey --length 1024,4096 --rope yarn:factor=4",
                            "qroar needles --model DIR --task niah_single_2 --haystack essays.txt --length 4096 --generate")),
            Map.entry("diagnose", List.of("qroar diagnose --model DIR --docs a.txt --rope yarn:factor=4 --bands 6")),
            Map.entry(
                    "quantize", List.of("qroar quantize --model DIR --quantize rtn:bits=4,group=128 --out quantized")),
            Map.entry("export", List.of("qroar export my-llama --out tuned")),
            Map.entry(
                    "apply", List.of("qroar apply --model AWQ-DIR --scales runs/RUN/scales/STUDY.json --out rescaled")),
            Map.entry("rope", List.of("qroar rope --model DIR --rope yarn:factor=16,original=4096")),
            Map.entry("doctor", List.of("qroar doctor", "qroar doctor --device gpu:0")),
            Map.entry("coordinator", List.of("qroar coordinator my.yaml --listen box:2551 --certs certs/box")),
            Map.entry(
                    "worker",
                    List.of("qroar worker --join box:2551 --certs certs/gpu1 --experiment my.yaml --device gpu:0")),
            Map.entry("certs", List.of("qroar certs --out certs --nodes box,gpu1,gpu2")));

    private Examples() {}

    /** Lines of a command. */
    static List<String> of(String command) {
        return OF.getOrDefault(command, List.of());
    }

    /** Puts them behind what a command's help ends with. */
    static void addTo(CommandLine command) {
        List<String> lines = of(command.getCommandName());
        if (lines.isEmpty()) {
            return;
        }
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        List<String> footer = new ArrayList<>(Arrays.asList(usage.footer()));
        footer.addAll(List.of("", lines.size() == 1 ? "Example:" : "Examples:"));
        lines.forEach(line -> footer.addAll(folded(line)));
        usage.footer(footer.toArray(String[]::new));
    }

    /** Broken between words as a shell takes it; help itself would break inside a spec. */
    private static List<String> folded(String line) {
        List<String> folded = new ArrayList<>();
        StringBuilder part = new StringBuilder("  ");
        for (String word : line.split(" ")) {
            if (part.length() + word.length() > WIDTH) {
                folded.add(part + "\\");
                part = new StringBuilder("      ");
            }
            part.append(word).append(' ');
        }
        folded.add(part.toString().stripTrailing());
        return folded;
    }
}
