package qroar.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.experiments.attribution.Interval;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;

class ScalesSidecarTest {
    private static final BandScales SCALES =
            new BandScales(BandPartition.logSpaced(32, 4), ScaleMode.SYMMETRIC, new double[] {1.16, 1.0 / 3, 0.862, 1});

    private static final ScalesOrigin ORIGIN =
            new ScalesOrigin("abc", "yarn:factor=4", "rtn:bits=2,group=32", new Interval(0.25, 0.125, 0.5));

    @TempDir
    Path folder;

    @Test
    void scalesComeBackBitForBit() {
        Path file = folder.resolve("deeper/s.json");
        ScalesSidecar.write(file, SCALES, ORIGIN, Map.of("study", "<script>\"\n"));
        assertThat(ScalesSidecar.read(file)).isEqualTo(new ScalesSidecar.Contents("qroar-scales/2", SCALES, ORIGIN));
    }

    @Test
    void scalesOfGroupsOfLayersComeBackBitForBit() throws IOException {
        Path file = folder.resolve("s.json");
        BandScales scales =
                new BandScales(BandPartition.logSpaced(8, 2).in(LayerGroups.of(5, 3)), ScaleMode.SHARED, new double[] {
                    1.1, 1.0 / 3, 0.9, 1
                });
        ScalesSidecar.write(file, scales, ORIGIN, Map.of());
        assertThat(ScalesSidecar.read(file)).isEqualTo(new ScalesSidecar.Contents("qroar-scales/3", scales, ORIGIN));
        String sound = Files.readString(file).replaceAll("\\s", "");
        assertThat(sound).contains("{\"layers\":[3,5],\"pairs\":[4,8],\"scale\":1.0}");
        refused(file, sound.replace("[3,5],\"pairs\":[4,8]", "[3,5],\"pairs\":[5,8]"), "bands[3].pairs must be those");
        refused(file, sound.replaceFirst("\\[3,5\\]", "[3,4]"), "bands[2].layers must be [3,5) here, not [3,4)");
        refused(file, sound.replaceFirst("\"layers\":\\[3,5\\],", ""), "bands[2].layers must be two whole numbers");
        refused(file, sound.replace("[3,5]", "[3,9]"), "has 4 entries; 3 groups of 3 layers, 9 in all");
        refused(file, sound.replace("[0,3]", "[1,3]"), "bands");
        refused(file, sound.replace("[0,3]", "[3,0]"), "groups of -3 of 5 layers");
    }

    private static void refused(Path file, String json, String complaint) throws IOException {
        Files.writeString(file, json);
        assertThatThrownBy(() -> ScalesSidecar.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("\n");
    }

    @Test
    void theFormatIsTheDocumentedOne() throws IOException {
        Path file = folder.resolve("s.json");
        ScalesSidecar.write(file, SCALES, ORIGIN, Map.of());
        JsonNode expected = new ObjectMapper()
                .readTree("{\"format\":\"qroar-scales/2\",\"mode\":\"symmetric\",\"bands\":["
                        + "{\"pairs\":[0,8],\"scale\":1.16},{\"pairs\":[8,16],\"scale\":0.3333333333333333},"
                        + "{\"pairs\":[16,24],\"scale\":0.862},{\"pairs\":[24,32],\"scale\":1.0}],"
                        + "\"checkpoint\":\"abc\",\"rope\":\"yarn:factor=4\",\"quantizer\":\"rtn:bits=2,group=32\","
                        + "\"heldOutGain\":{\"nats\":0.25,\"lowNats\":0.125,\"highNats\":0.5,\"confidence\":0.95}}");
        assertThat(new ObjectMapper().readTree(Files.readAllBytes(file))).isEqualTo(expected);
        Files.writeString(
                file,
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":2}],\"x\":1}");
        assertThat(ScalesSidecar.read(file).scales().scales()).containsExactly(2.0);
        assertThat(ScalesSidecar.read(file).origin()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{|not JSON",
                "[]|format",
                "{\"format\":\"qroar-scales/4\",\"mode\":\"shared\",\"bands\":[]}|not \"qroar-scales/4\"",
                "{\"format\":\"qroar-scales/2\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":1}]}|checkpoint must say",
                "{}|format must be \"qroar-scales/2\", or \"qroar-scales/3\" of groups of layers, not missing",
                "{\"format\":\"qroar-scales/1\",\"bands\":[]}|mode must be shared or symmetric, not missing",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":1}]} {}|not JSON: Trailing token",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"both\",\"bands\":[]}|mode 'both' is unknown",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[]}|at least one band",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4]}]}|bands[0].scale",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":-1}]}|not -1",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":1e999}]}|positive finite",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":\"1\"}]}|not \"1\"",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,2.5],\"scale\":1}]}|whole numbers",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[4],\"scale\":1}]}|bands[0].pairs",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[4,4],\"scale\":1}]}|no RoPE pair",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[1,4],\"scale\":1}]}|start at pair 0",
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"mode\":\"shared\",\"bands\":[]}|Duplicate field 'mode'",
            })
    void badSidecarsAreRefusedInOneLineNamingTheFile(String json, String complaint) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.json"), json);
        assertThatThrownBy(() -> ScalesSidecar.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(complaint)
                .hasMessageNotContaining("\n");
    }

    @Test
    void aGainThatIsNoNumberIsRefused() throws IOException {
        Path file = folder.resolve("s.json");
        ScalesSidecar.write(file, SCALES, ORIGIN, Map.of());
        String sound = Files.readString(file);
        for (String spoilt : new String[] {"1e400", "null", "\"0.125\""}) {
            Files.writeString(file, sound.replace("0.125", spoilt));
            assertThatThrownBy(() -> ScalesSidecar.read(file))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("heldOutGain.lowNats must be a finite number, not ");
        }
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> ScalesSidecar.read(folder.resolve("none.json")))
                .isInstanceOf(BadInput.class)
                .hasMessageEndingWith("none.json: no such file");
    }

    @Test
    void remarksCannotReplaceTheScales() {
        assertThatThrownBy(() -> ScalesSidecar.write(folder.resolve("s.json"), SCALES, ORIGIN, Map.of("mode", "x")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
