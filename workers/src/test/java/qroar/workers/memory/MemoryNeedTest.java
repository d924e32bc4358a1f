package qroar.workers.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.OutputHead;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.Placement;
import qroar.workers.placement.ReadingPlan.Order;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/** Figures for LLaMA-2-7B's shape in bf16, worked out by hand. The checkpoint is a file of holes. */
class MemoryNeedTest {
    private static final double GIB = 1L << 30;
    private static final TorchDevice GPU = TorchDevice.ofWord("gpu:0");
    private static final long PARAMETERS = 6_738_415_616L;

    @TempDir
    Path folder;

    private Checkpoint checkpoint;

    @BeforeEach
    void makeCheckpoint() throws IOException {
        Files.writeString(folder.resolve("config.json"), """
                {"model_type":"llama","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,
                 "num_attention_heads":32,"num_key_value_heads":32,"vocab_size":32000,"rms_norm_eps":1e-5,
                 "max_position_embeddings":4096}""");
        StringBuilder header = new StringBuilder("{");
        long end = add(header, 0, "model.embed_tokens.weight", 32000, 4096);
        for (int layer = 0; layer < 32; layer++) {
            String block = "model.layers." + layer + ".";
            for (String name : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
                end = add(header, end, block + "self_attn." + name + ".weight", 4096, 4096);
            }
            end = add(header, end, block + "mlp.gate_proj.weight", 11008, 4096);
            end = add(header, end, block + "mlp.up_proj.weight", 11008, 4096);
            end = add(header, end, block + "mlp.down_proj.weight", 4096, 11008);
            end = add(header, end, block + "input_layernorm.weight", 4096);
            end = add(header, end, block + "post_attention_layernorm.weight", 4096);
        }
        end = add(header, end, "model.norm.weight", 4096);
        end = add(header, end, "lm_head.weight", 32000, 4096);
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
            ByteBuffer length =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, json.length);
            file.write(length.array());
            file.write(json);
            file.setLength(8 + json.length + end);
        }
        checkpoint = Checkpoint.open(folder);
    }

    private static long add(StringBuilder header, long begin, String name, long... shape) {
        long bytes = 2;
        StringBuilder dimensions = new StringBuilder();
        for (long dimension : shape) {
            bytes *= dimension;
            dimensions.append(dimensions.isEmpty() ? "" : ",").append(dimension);
        }
        header.append(header.length() == 1 ? "" : ",")
                .append('"')
                .append(name)
                .append("\":{\"dtype\":\"BF16\",\"shape\":[")
                .append(dimensions)
                .append("],\"data_offsets\":[")
                .append(begin)
                .append(',')
                .append(begin + bytes)
                .append("]}");
        return begin + bytes;
    }

    private MemoryNeed need(int positions, Placement placement) {
        return MemoryNeed.of(checkpoint, positions, Probe.LOSSES).resting(checkpoint, placement);
    }

    @Test
    void weightsTakeWhatTheirPlaceSays() {
        assertThat(checkpoint.parameterCount()).isEqualTo(PARAMETERS);
        assertThat(need(4096, Placement.WIDENED).weights()).isEqualTo(4 * PARAMETERS);
        double layer = 4.0 * (4 * 4096L * 4096 + 3 * 11008L * 4096 + 2 * 4096);
        assertThat(need(4096, Placement.MAPPED).weights()).isZero();
        assertThat(need(4096, Placement.STORED).weights()).isEqualTo(2 * PARAMETERS);
        double block = need(4096, Placement.WIDENED).block();
        for (Placement made : List.of(Placement.STORED, Placement.MAPPED)) {
            assertThat((need(4096, made).block() - block) / GIB).isCloseTo(3 * layer / GIB, within(0.001));
        }
    }

    @Test
    void layerOrderKeepsKeysAndValuesOfOneLayer() {
        MemoryNeed need = need(65_536, Placement.MAPPED);
        assertThat(need.cache() / GIB).isEqualTo(64);
        MemoryNeed layers = need.inLayerOrder(checkpoint.config(), 65_536, 65_536, Precision.FLOAT32);
        // Keys and values, hidden states, and those of one chunk of 2,048 once more.
        assertThat(layers.cache() / GIB).isEqualTo(2 + 1 + 1.0 / 32);
        assertThat(layers.total() / GIB).isLessThan(8);
    }

    /** Of 64 pairs, complex in float32, for queries and for keys: 64 MiB a group at 65,536 positions. */
    @Test
    void eachGroupOfLayersHasRotaryTablesOfItsOwnWhileAllLayersAreComeBackTo() {
        long one = 2L * 8 * 64 * 65_536;
        LayerGroups groups = LayerGroups.of(32, 8);
        MemoryNeed need = need(65_536, Placement.WIDENED);
        assertThat(need.tables()).isEqualTo(one);
        assertThat(need.withGroups(groups).total() - need.total()).isEqualTo(3 * one);
        assertThat(need.withGroups(groups).withLoadedModel().total(2))
                .isEqualTo(2 * (need.withLoadedModel().total() + 3 * one));
        assertThat(need.withGroups(groups).inLayerOrder(checkpoint.config(), 65_536, 65_536, Precision.FLOAT32))
                .isEqualTo(need.inLayerOrder(checkpoint.config(), 65_536, 65_536, Precision.FLOAT32));
        // Documents that go together have theirs at the same time.
        assertThat(need(2048, Placement.MAPPED)
                        .inLayerOrder(checkpoint.config(), 2048, 8192, Precision.FLOAT32)
                        .tables())
                .isEqualTo(one / 8);
    }

    @Test
    void groupsOfLayersCanTakeAPlanToAnotherOrder() {
        MemoryPlan.Passes alike = MemoryPlan.Passes.alone(32_768, Probe.LOSSES, Precision.FLOAT32, TorchDevice.CPU);
        MemoryPlan.Passes apart = alike.in(LayerGroups.of(32, 1));
        long enough = MemoryPlan.choose(checkpoint, alike, MemoryPlan.Wish.ofWords("widened", "document"), 0)
                .need()
                .total();
        assertThat(MemoryPlan.choose(checkpoint, alike, MemoryPlan.Wish.AUTO, enough)
                        .isPlain())
                .isTrue();
        assertThat(MemoryPlan.choose(checkpoint, apart, MemoryPlan.Wish.AUTO, enough)
                        .reading()
                        .order())
                .isEqualTo(Order.LAYER);
        long more = 31L * 2 * 8 * 64 * 32_768;
        assertThat(MemoryPlan.choose(checkpoint, apart, MemoryPlan.Wish.AUTO, enough + more)
                        .isPlain())
                .isTrue();
    }

    @Test
    void sixteenBitsHalveWeightsKeysAndValuesAndHiddenStates() {
        Arithmetic bfloat16 = new Arithmetic(Precision.BFLOAT16, Arithmetic.Products.OF_THE_TYPE);
        MemoryNeed need = MemoryNeed.of(checkpoint, 65_536, Probe.LOSSES, bfloat16, GPU);
        assertThat(need.weights()).isEqualTo(2 * PARAMETERS);
        assertThat(need.cache() / GIB).isEqualTo(32);
        MemoryNeed layers = need.resting(checkpoint, Placement.MAPPED, Precision.BFLOAT16)
                .inLayerOrder(checkpoint.config(), 65_536, 65_536, Precision.BFLOAT16);
        assertThat(layers.cache() / GIB).isEqualTo(1 + 0.5 + 1.0 / 64);
        assertThat(layers.total() / GIB).isLessThan(4);
        // In document order 13 GiB of weights and 32 GiB of keys and values; in layer order a 24 GiB card has both.
        assertThat(need.inLayerOrder(checkpoint.config(), 65_536, 65_536, Precision.BFLOAT16)
                                .total()
                        / GIB)
                .isBetween(14.2, 15.0);
    }

    /** 32,000 words: 196 rows fit into 24 MiB of a processor's cache, 512 (a chunk) into the 256 MiB of an accelerator. */
    @Test
    void logitsTakeWhatIsMadeOfThemAtATimeOnTheDevice() {
        Arithmetic bfloat16 = new Arithmetic(Precision.BFLOAT16, Arithmetic.Products.OF_THE_TYPE);
        assertThat(logits(Probe.LOSSES, Arithmetic.FLOAT32, TorchDevice.CPU)).isEqualTo(4L * 196 * 32_000);
        assertThat(logits(Probe.LOSSES, bfloat16, TorchDevice.CPU)).isEqualTo(6L * 196 * 32_000);
        assertThat(logits(Probe.LOSSES_AND_GRADIENT, Arithmetic.FLOAT32, TorchDevice.CPU))
                .isEqualTo(8L * 196 * 32_000);
        assertThat(logits(Probe.LOSSES, Arithmetic.FLOAT32, GPU)).isEqualTo(8L * 512 * 32_000);
        assertThat(logits(Probe.LOSSES, bfloat16, GPU)).isEqualTo(12L * 512 * 32_000);
        assertThat(MemoryNeed.of(checkpoint, 9, Probe.LOSSES).logits()).isEqualTo(4L * 9 * 32_000);
    }

    private long logits(Probe probe, Arithmetic arithmetic, TorchDevice device) {
        return MemoryNeed.of(checkpoint, 4096, probe, arithmetic, device).logits();
    }

    @Test
    void widenedProductsTakeTheirOperandsBesides() {
        MemoryNeed own = MemoryNeed.of(
                checkpoint,
                4096,
                Probe.LOSSES,
                new Arithmetic(Precision.FLOAT16, Arithmetic.Products.OF_THE_TYPE),
                TorchDevice.CPU);
        MemoryNeed widened = MemoryNeed.of(
                checkpoint,
                4096,
                Probe.LOSSES,
                new Arithmetic(Precision.FLOAT16, Arithmetic.Products.WIDENED),
                TorchDevice.CPU);
        assertThat(widened.weights()).isEqualTo(own.weights());
        assertThat(widened.cache()).isEqualTo(own.cache());
        // The head in float32, and the product of a row in float32 on its way to 16 bits; and gate and up together.
        long rows = OutputHead.rowsAtOnce(checkpoint.config(), TorchDevice.CPU);
        assertThat(widened.logits() - own.logits()).isEqualTo(4L * 32_000 * (4096 + rows));
        assertThat(widened.block() - own.block()).isEqualTo(4 * (2L * 4096 * 11_008 + 512L * (4096 + 2 * 11_008)));
    }

    @Test
    void quantizingTakesLayersAndWhatTheQuantizerWorksWithButNoModel() {
        assertThat(quantizing("rtn:bits=4,group=128", CalibrationSize.NONE)).isLessThan(2.5);
        // Hessians of 4,096 and 11,008 inputs, the widest twice in double: 2.4 GiB beside the layers.
        CalibrationSize usual = new CalibrationSize(16, 512);
        CalibrationSize large = new CalibrationSize(128, 2048);
        assertThat(quantizing("gptq:bits=4,group=128", usual)).isBetween(4.0, 5.5);
        // 0.7 GiB of inputs in memory; 24 GiB of them in files.
        assertThat(quantizing("awq:bits=4,group=128", usual)).isBetween(3.5, 5.0);
        assertThat(quantizing("awq:bits=4,group=128", large)).isBetween(3.5, 5.0);
        assertThat(quantizing("gptq:bits=4,group=128", large)).isLessThan(7.0);
    }

    private double quantizing(String quantizer, CalibrationSize size) {
        return MemoryNeed.ofQuantizing(
                                checkpoint, QuantizationText.parse(quantizer).weights(), size)
                        .total()
                / GIB;
    }

    private MemoryPlan plan(int positions, MemoryPlan.Wish wish, double gib) {
        return MemoryPlan.choose(
                checkpoint,
                MemoryPlan.Passes.alone(positions, Probe.LOSSES, Precision.FLOAT32, TorchDevice.CPU),
                wish,
                (long) (gib * GIB));
    }

    @Test
    void theFastestThatFitsIsChosen() {
        record Row(int positions, double gib, Placement placement, Order order) {}
        for (Row row : List.of(
                new Row(4096, 40, Placement.WIDENED, Order.DOCUMENT),
                new Row(4096, 28, Placement.WIDENED, Order.LAYER),
                new Row(4096, 24, Placement.STORED, Order.DOCUMENT),
                new Row(65_536, 24, Placement.STORED, Order.LAYER),
                new Row(4096, 6, Placement.MAPPED, Order.LAYER),
                new Row(65_536, 8, Placement.MAPPED, Order.LAYER))) {
            MemoryPlan plan = plan(row.positions, MemoryPlan.Wish.AUTO, row.gib);
            assertThat(plan.placement()).as("%s", row).isEqualTo(row.placement);
            assertThat(plan.reading().order()).as("%s", row).isEqualTo(row.order);
            assertThat(plan.fits((long) (row.gib * GIB))).as("%s", row).isTrue();
        }
        assertThat(plan(4096, MemoryPlan.Wish.AUTO, 0.5).fits((long) GIB / 2)).isFalse();
    }

    @Test
    void whatAPersonWantsIsKeptWhateverItCosts() {
        MemoryPlan streamed = plan(4096, MemoryPlan.Wish.ofWords("mapped", "auto"), 100);
        assertThat(streamed.placement()).isEqualTo(Placement.MAPPED);
        assertThat(streamed.reading().order()).isEqualTo(Order.LAYER);
        MemoryPlan both = plan(4096, MemoryPlan.Wish.ofWords("widened", "document"), 1);
        assertThat(both.isPlain()).isTrue();
        assertThat(both.fits((long) GIB)).isFalse();
        MemoryPlan order = plan(4096, MemoryPlan.Wish.ofWords("auto", "layer"), 100);
        assertThat(order.placement()).isEqualTo(Placement.WIDENED);
        assertThat(order.reading().order()).isEqualTo(Order.LAYER);
    }

    @Test
    void passesAtOnceFindRoomTogetherBeforeTheyTakeTurns() {
        MemoryPlan.Passes two = new MemoryPlan.Passes(
                4096, 4096, Probe.LOSSES, Arithmetic.FLOAT32, TorchDevice.CPU, LayerGroups.ALL, 2);
        MemoryPlan alone = plan(4096, MemoryPlan.Wish.AUTO, 28);
        assertThat(alone.placement()).isEqualTo(Placement.WIDENED);
        MemoryPlan widened = MemoryPlan.choose(checkpoint, two, MemoryPlan.Wish.ofWords("widened", "layer"), 0);
        MemoryPlan together = MemoryPlan.choose(
                checkpoint, two, MemoryPlan.Wish.AUTO, widened.need().total(2) - 1);
        assertThat(together.placement()).isEqualTo(Placement.STORED);
        long turns = alone.need().total();
        assertThat(MemoryPlan.choose(checkpoint, two, new MemoryPlan.Wish(Placement.WIDENED, Order.LAYER), turns)
                        .fits(turns))
                .isTrue();
    }

    @Test
    void chunksAreLargeOnAGpuAndTakeTheirMemory() {
        TorchDevice gpu = TorchDevice.ofWord("gpu:0");
        assertThat(PassPlan.chunkTokens(TorchDevice.CPU)).isEqualTo(512);
        assertThat(PassPlan.chunkTokens(gpu)).isEqualTo(2048);
        MemoryPlan.Wish plain = MemoryPlan.Wish.ofWords("widened", "document");
        MemoryPlan.Passes small = MemoryPlan.Passes.alone(8192, Probe.LOSSES, Precision.FLOAT32, TorchDevice.CPU);
        MemoryPlan.Passes large = MemoryPlan.Passes.alone(8192, Probe.LOSSES, Precision.FLOAT32, gpu);
        assertThat(MemoryPlan.choose(checkpoint, large, plain, 0).need().block())
                .isEqualTo(4
                        * MemoryPlan.choose(checkpoint, small, plain, 0).need().block());
    }
}
