package qroar.workers.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.HollowCheckpoint;
import qroar.workers.checkpoint.HollowCheckpoint.Shape;
import qroar.workers.placement.Placement;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/**
 * What is planned for an accelerator beside what the operations take there: {@code counted.jsonl} holds the peaks that
 * {@code docs/gpu-kit/place.py ops.pt --sizes} counts on PyTorch's meta device. Prints the table of {@code docs/memory.md}.
 */
class CountedMemoryTest {
    private static final double GIB = 1L << 30;
    private static final TorchDevice GPU = TorchDevice.ofWord("gpu:0");
    private static final List<Shape> SHAPES = List.of(
            new Shape("LLaMA-2-7B", 32, 4096, 32, 32, 11008, 32000),
            new Shape("LLaMA-2-13B", 40, 5120, 40, 40, 13824, 32000),
            new Shape("LLaMA-2-70B", 80, 8192, 64, 8, 28672, 32000),
            new Shape("Llama-3.1-8B", 32, 4096, 32, 8, 14336, 128256));

    @TempDir
    private Path scratch = Path.of("");

    @Test
    void whatIsPlannedIsWhatIsTaken() throws IOException {
        Map<String, Checkpoint> checkpoints = new LinkedHashMap<>();
        for (Shape shape : SHAPES) {
            checkpoints.put(
                    shape.name(), HollowCheckpoint.make(Files.createDirectories(scratch.resolve(shape.name())), shape));
        }
        Map<String, List<String>> table = new LinkedHashMap<>();
        List<String> apart = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/test/resources/memory/counted.jsonl"))) {
            JsonNode row = new ObjectMapper().readTree(line);
            Checkpoint checkpoint =
                    Objects.requireNonNull(checkpoints.get(row.get("shape").textValue()));
            double counted = row.get("bytes").longValue() / GIB;
            double planned = planned(checkpoint, row) / GIB;
            table.computeIfAbsent(
                            "| %s | %s, %s, %s%s |"
                                    .formatted(
                                            row.get("shape").textValue(),
                                            row.get("precision").textValue(),
                                            row.get("weights").textValue().equals("resident") ? "widened" : "mapped",
                                            row.get("order").textValue(),
                                            row.has("groups") ? ", `layers: 1`" : ""),
                            key -> new ArrayList<>())
                    .add(String.format(Locale.ROOT, "%.1f / %.1f", planned, counted));
            // Never less than is taken but for a few hundred MiB; more where a plan must hold for worse cases.
            if (planned < counted * 0.98 - 0.3 || planned > counted * 1.1 + 4) {
                apart.add(line + ": planned " + planned);
            }
        }
        table.forEach((key, cells) -> System.out.println(key + " " + String.join(" | ", cells) + " |"));
        assertThat(apart).isEmpty();
        assertThat(table).hasSize(4 * 3 * 2 + 2 * 2);
    }

    private static long planned(Checkpoint checkpoint, JsonNode row) {
        Precision precision = Precision.ofWord(row.get("precision").textValue());
        int tokens = row.get("tokens").intValue();
        Placement placement = row.get("weights").textValue().equals("resident") ? Placement.WIDENED : Placement.MAPPED;
        int layers = checkpoint.config().layerCount();
        int groups = row.path("groups").asInt(1);
        MemoryNeed need = MemoryNeed.of(checkpoint, tokens, Probe.LOSSES, Arithmetic.of(precision, GPU), GPU)
                .withGroups(LayerGroups.of(layers, layers / groups))
                .resting(checkpoint, placement, precision);
        return (row.get("order").textValue().equals("layer")
                        ? need.inLayerOrder(checkpoint.config(), tokens, tokens, precision)
                        : need)
                .total();
    }
}
