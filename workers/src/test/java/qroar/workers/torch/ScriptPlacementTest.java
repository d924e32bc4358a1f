package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.IValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No operation may leave the device of its inputs. PyTorch's {@code meta} device, on which tensors have shapes and no
 * elements, stands for an accelerator: mixing it with the processor fails as it would there, and what ends up on it cannot
 * be read. The C++ library lacks some operations there, attention's among them, so this drives the parts of a block that it
 * has; {@code docs/gpu-kit/place.py} drives every method in every branch from Python.
 */
class ScriptPlacementTest {
    private static final int FLOAT32 = 6;
    private static final int INT64 = 4;
    private static final int COMPLEX64 = 9;
    private static final int HIDDEN = 16;
    private static final int HEADS = 4;
    private static final int KV = 2;
    private static final int DIM = 8;
    private static final int WIDE = 24;
    private static final int VOCABULARY = 32;

    private final ValueScope scope = new ValueScope();
    private final ScriptModule decoder = ScriptModule.ofResource("decoder.py", "Decoder");
    private final ScriptModule quantize = ScriptModule.ofResource("quantize.py", "Quantize");

    @AfterEach
    void free() {
        scope.close();
    }

    @Test
    void theDecodersOperationsStayOnTheirDevice() {
        TorchValue none = meta(0);
        TorchValue packed = decoder("pack", list(layer(none)), integer(DIM));
        parts(packed).forEach(each -> onMeta("pack", each));
        TorchValue epsilon = scope.own(new TorchValue(IValue.from(1e-5)));
        TorchValue x = meta(6, HIDDEN);
        onMeta("rms_norm", decoder("rms_norm", x, meta(HIDDEN), epsilon));
        onMeta("rms_norm_back", decoder("rms_norm_back", x, meta(HIDDEN), epsilon, x));
        onMeta("linear", decoder("linear", x, meta(WIDE, HIDDEN), meta(WIDE), integer(0)));
        onMeta("gated", decoder("gated", x, packed, integer(0)));
        onMeta("residual", decoder("residual", x, meta(6, WIDE), meta(HIDDEN, WIDE), meta(HIDDEN), integer(0)));
        onMeta("quantized_rows", decoder("quantized_rows", meta(3, 8), integer(4), integer(0)));
        // The C++ library has neither complex() nor logical_not() on meta; their methods make tensors as the last test
        // wants.
        TorchValue half =
                scope.own(TorchRuntime.decoder().floats(new float[DIM / 2], new long[] {DIM / 2}, TorchDevice.CPU));
        TorchValue table = onto(scope.own(TorchRuntime.decoder().rotaryTable(half, half, 12)), COMPLEX64);
        TorchValue tables = decoder("chunk_tables", list(List.of(table, table)), integer(0), integer(6));
        TorchValue q = decoder("turned", meta(6, HEADS, DIM), parts(tables).get(0));
        onMeta("turned", q);
        onMeta("attention_weights", decoder("attention_weights", q, meta(6, KV, DIM), integer(1), mask()));
        TorchValue targets = onto(scope.own(TorchRuntime.decoder().longs(new long[5], TorchDevice.CPU)), INT64);
        for (TorchValue each : parts(decoder(
                "score",
                x,
                meta(0, HIDDEN),
                meta(HIDDEN),
                meta(VOCABULARY, HIDDEN),
                targets,
                epsilon,
                integer(3),
                integer(0)))) {
            onMeta("score", each);
        }
    }

    @Test
    void theQuantizersOperationsStayOnTheirDevice() {
        onMeta("round_to_nearest", quantize("round_to_nearest", meta(6, 30), integer(4), integer(8)));
        onMeta("round_scaled", quantize("round_scaled", meta(6, 30), meta(30), integer(4), integer(8)));
        TorchValue sums = quantize("zero_sums", meta(0), integer(16));
        onMeta("add_products", quantize("add_products", sums, meta(48, 16)));
        onMeta("gated", quantize("gated", meta(5, 8), meta(6, 8), meta(0), meta(6, 8), meta(6)));
    }

    /** What the two tests above rest on. */
    @Test
    void aMixtureOfDevicesIsRefused() {
        TorchValue here = scope.own(TorchRuntime.decoder().floats(new float[8], new long[] {8}, TorchDevice.CPU));
        assertThatThrownBy(() -> quantize("over", meta(6, 8), here)).isInstanceOf(EngineException.class);
        assertThat(here.floats()).hasSize(8);
    }

    /** A tensor that a script makes of nothing lies where it is told to: on the device of an argument. */
    @ParameterizedTest
    @ValueSource(strings = {"decoder.py", "quantize.py"})
    void everyMadeTensorIsToldItsDevice(String resource) throws IOException {
        Pattern made = Pattern.compile(
                "torch\\.(arange|zeros|ones|full|eye|empty|rand|randn|tensor|scalar_tensor|linspace|triu_indices)\\((.*)");
        // Their results tell a number to Java, and are made where it reads them.
        List<String> ofTheProcessor = List.of("non_finite", "beyond", "bytes");
        List<String> homeless = new ArrayList<>();
        String method = "";
        int seen = 0;
        for (String line : source(resource).lines().toList()) {
            if (line.strip().startsWith("def ")) {
                method = line.strip().substring(4).split("\\(")[0];
            }
            Matcher call = made.matcher(line);
            while (call.find()) {
                seen++;
                Matcher device = Pattern.compile("device=([^,)]+)").matcher(call.group(2));
                boolean told = device.find() && !device.group(1).equals("None");
                if (!told && !ofTheProcessor.contains(method)) {
                    homeless.add(method + ": " + line.strip());
                }
            }
        }
        assertThat(homeless).isEmpty();
        assertThat(seen).isPositive();
    }

    /** The check in Python that goes to borrowed machines calls all that is called from here. */
    @ParameterizedTest
    @CsvSource({"TensorScript, D", "DecoderScript, D", "QuantizeScript, Q"})
    void everyOperationIsDrivenFromPythonToo(String caller, String module) throws IOException {
        String java = Files.readString(Path.of("src/main/java/qroar/workers/torch/" + caller + ".java"));
        String python = Files.readString(Path.of("../docs/gpu-kit/place.py"));
        Matcher call = Pattern.compile("(?:call|copied)\\(\\s*\"([a-z_]+)\"").matcher(java);
        List<String> undriven = new ArrayList<>();
        int calls = 0;
        while (call.find()) {
            calls++;
            if (!python.contains(module + "." + call.group(1) + "(")) {
                undriven.add(call.group(1));
            }
        }
        assertThat(undriven).isEmpty();
        assertThat(calls).isGreaterThan(10);
    }

    private static String source(String resource) throws IOException {
        try (InputStream stream = ScriptModule.class.getResourceAsStream(resource)) {
            assertThat(stream).isNotNull();
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void onMeta(String operation, TorchValue value) {
        // Of all devices' codes PyTorch gives meta this one; DJL knows none of it.
        assertThatThrownBy(value::floats).as(operation).hasMessage("Unsupported deviceType: 14");
    }

    private List<TorchValue> layer(TorchValue none) {
        List<TorchValue> parts = new ArrayList<>(List.of(
                meta(HEADS * DIM, HIDDEN),
                meta(KV * DIM, HIDDEN),
                meta(KV * DIM, HIDDEN),
                meta(HIDDEN, HEADS * DIM),
                meta(WIDE, HIDDEN),
                meta(WIDE, HIDDEN),
                meta(HIDDEN, WIDE)));
        parts.addAll(List.of(meta(HEADS * DIM), none, meta(KV * DIM), none, meta(WIDE), none, meta(HIDDEN)));
        parts.addAll(List.of(meta(HIDDEN), meta(HIDDEN), meta(DIM), meta(DIM)));
        return parts;
    }

    private TorchValue mask() {
        TorchValue none = scope.own(TorchRuntime.decoder().absent(TorchDevice.CPU));
        return onto(scope.own(TorchRuntime.decoder().mask(none, 0, 6, 0, 6, Arithmetic.FLOAT32)), FLOAT32);
    }

    private TorchValue meta(long... shape) {
        int elements = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
        return onto(scope.own(TorchRuntime.decoder().floats(new float[elements], shape, TorchDevice.CPU)), FLOAT32);
    }

    private TorchValue onto(TorchValue value, int type) {
        return decoder("onto", value, text("meta"), integer(type));
    }

    private TorchValue integer(long value) {
        return scope.own(new TorchValue(IValue.from(value)));
    }

    private TorchValue text(String value) {
        return scope.own(new TorchValue(IValue.from(value)));
    }

    private TorchValue list(List<TorchValue> values) {
        return scope.own(TorchRuntime.decoder().list(values));
    }

    private List<TorchValue> parts(TorchValue list) {
        return Arrays.stream(list.tensors()).map(scope::own).toList();
    }

    private TorchValue decoder(String method, TorchValue... arguments) {
        return call(decoder, method, arguments);
    }

    private TorchValue quantize(String method, TorchValue... arguments) {
        return call(quantize, method, arguments);
    }

    private TorchValue call(ScriptModule module, String method, TorchValue... arguments) {
        return scope.own(module.call(
                method, Arrays.stream(arguments).map(TorchValue::raw).toArray(IValue[]::new)));
    }
}
