package qroar.reports.takeaway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import qroar.reports.Markup;
import qroar.reports.SampleReport;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyReport;
import qroar.reports.page.Pages;

class TakeAwayTest {
    private static final RunReport REPORT = SampleReport.demo();
    private static final StudyReport STUDY = REPORT.studies().get(0);

    @TempDir
    Path folder;

    /** Of one event: its fields by number, values as they lie there. */
    private static Map<Integer, Object> fields(ByteBuffer message) {
        Map<Integer, Object> fields = new TreeMap<>();
        while (message.hasRemaining()) {
            int key = (int) varint(message);
            Object value = switch (key & 7) {
                case 0 -> varint(message);
                case 1 -> message.getDouble();
                case 2 -> {
                    int length = (int) varint(message);
                    ByteBuffer part = message.slice(message.position(), length).order(ByteOrder.LITTLE_ENDIAN);
                    message.position(message.position() + length);
                    yield part;
                }
                case 5 -> message.getFloat();
                default -> throw new AssertionError("wire type " + (key & 7));
            };
            fields.put(key >>> 3, value);
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static String text(Object bytes) {
        return StandardCharsets.UTF_8.decode((ByteBuffer) bytes).toString();
    }

    /** CRC-32C bit by bit, and the mask as the format's description has it. */
    private static int maskedCrc(byte[] data) {
        int crc = ~0;
        for (byte b : data) {
            crc ^= b & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x82F63B78 : crc >>> 1;
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    private static List<byte[]> records(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            assertThat(in.getInt()).isEqualTo(maskedCrc(length));
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(data);
            assertThat(in.getInt()).isEqualTo(maskedCrc(data));
            records.add(data);
        }
        return records;
    }

    private static <T> T field(Map<Integer, Object> fields, int number, Class<T> type) {
        return type.cast(Objects.requireNonNull(fields.get(number)));
    }

    @Test
    void anEventFileHoldsEverySeries() {
        List<byte[]> records = records(TensorBoardFiles.bytes(1234, STUDY));
        Map<Integer, Object> first = fields(ByteBuffer.wrap(records.get(0)).order(ByteOrder.LITTLE_ENDIAN));
        assertThat(text(field(first, 3, Object.class))).isEqualTo("brain.Event:2");
        List<Scalars> read = new ArrayList<>();
        for (byte[] record : records.subList(1, records.size())) {
            Map<Integer, Object> event = fields(ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN));
            assertThat(event.get(1)).isEqualTo(1234.0);
            Map<Integer, Object> summary = fields(field(event, 5, ByteBuffer.class));
            Map<Integer, Object> value = fields(field(summary, 1, ByteBuffer.class));
            read.add(new Scalars(
                    text(field(value, 1, Object.class)), field(event, 2, Long.class), field(value, 2, Float.class)));
        }
        List<Scalars> wanted = Scalars.of(STUDY);
        assertThat(read).hasSameSizeAs(wanted).hasSizeGreaterThan(100);
        for (int i = 0; i < wanted.size(); i++) {
            assertThat(read.get(i).tag()).isEqualTo(wanted.get(i).tag());
            assertThat(read.get(i).step()).isEqualTo(wanted.get(i).step());
            assertThat(read.get(i).value()).isEqualTo((float) wanted.get(i).value());
        }
        assertThat(wanted)
                .contains(
                        new Scalars("held-out/loss-by-position/unquantized", 256, 1.3),
                        new Scalars("bands/scale", 0, 1.16))
                .anySatisfy(scalar -> {
                    assertThat(scalar.tag()).isEqualTo("held-out/perplexity/quantized-scaled");
                    assertThat(scalar.step()).isEqualTo(4096);
                    assertThat(scalar.value()).isCloseTo(3.567, within(0.001));
                });
    }

    @Test
    void everyStudyIsAFolderOfTheRunAndNoneLiesOutside() throws IOException {
        StudyReport hostile = SampleReport.finished("../../a b", "rtn:bits=4,group=0", 4, 7, 2, 1, 0.05);
        RunReport report = SampleReport.report(RunState.FINISHED, List.of(STUDY, hostile));
        assertThat(TensorBoardFiles.write(folder, report)).isEqualTo(2);
        TensorBoardFiles.write(folder, report);
        String run = "demo-" + report.run().fingerprint().substring(0, 12);
        assertThat(files())
                .allMatch(file -> file.startsWith(run + "/") && file.contains("/events.out.tfevents."))
                .hasSize(2)
                .anyMatch(file -> file.startsWith(run + "/%2E.%2F..%2Fa%20b/"));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .map(path -> folder.relativize(path).toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aFileStoreHasARunPerStudy() throws IOException {
        assertThat(MlflowFiles.write(folder, REPORT)).isEqualTo(2);
        List<String> once = files();
        MlflowFiles.write(folder, REPORT);
        assertThat(files()).as("written again it is replaced").isEqualTo(once);
        assertThat(once).filteredOn(file -> file.matches("[0-9]+/meta\\.yaml")).hasSize(1);
        List<String> runs = once.stream()
                .filter(file -> file.matches("[0-9]+/[0-9a-f]{32}/meta\\.yaml"))
                .map(file -> file.replace("/meta.yaml", ""))
                .toList();
        assertThat(runs).hasSize(2);
        for (String run : runs) {
            Path place = folder.resolve(run);
            assertThat(place.resolve("meta.yaml"))
                    .content()
                    .contains("lifecycle_stage: active\n", "run_id: '" + place.getFileName() + "'\n");
            assertThat(place.resolve("params/quantizer")).content().startsWith("rtn:bits=");
        }
        Path perplexity = runs.stream()
                .map(run -> folder.resolve(run).resolve("metrics/held-out/perplexity/quantized-scaled"))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
        String started = String.valueOf(REPORT.run().started().toEpochMilli());
        assertThat(Files.readAllLines(perplexity))
                .hasSize(4)
                .allMatch(line -> line.matches(started + " \\d\\.\\d+ \\d+"))
                .last()
                .asString()
                .endsWith(" 4096");
    }

    @Test
    void figuresAndTablesOfAPageAreFiles() {
        String page = new String(Pages.report(REPORT), StandardCharsets.UTF_8);
        Map<String, String> files = PageParts.files(page);
        Element root = Markup.parse(page.replaceFirst("<!doctype html>\\s*", ""));
        int figures = Markup.all(root, "svg").size();
        int tables = Markup.all(root, "table").size();
        assertThat(files).hasSize(figures + 2 * tables);
        for (int i = 1; i <= figures; i++) {
            String svg = Objects.requireNonNull(files.get(String.format(Locale.ROOT, "figure-%02d.svg", i)));
            assertThat(Markup.parse(svg).getTagName()).isEqualTo("svg");
            assertThat(svg).contains("xmlns=\"http://www.w3.org/2000/svg\"");
        }
        assertThat(files.get("table-01.csv"))
                .startsWith("study,tokens,quantized,\"quantized, scaled\",PPL gain,unquantized,")
                .contains(",4096,3.783,3.567,\"+0.0589 [+0.0543, +0.0635]\",3.092,")
                .endsWith("\r\n");
        assertThat(files.get("table-01.tex"))
                .contains(
                        "\\begin{tabular}{lrrrrrrrrl}",
                        " & 4,096 & 3.783 & 3.567 & +0.0589 {\\scriptsize [+0.0543, +0.0635]} & ")
                .contains("95 \\% intervals")
                .doesNotContain("\u2212", "Table 1");
    }

    @Test
    void hostileTextsStayTextsInEveryForm() {
        String hostile = "</table></svg>\\input{x} & $y$ \u0001 \"q\", 1,000";
        StudyReport study = SampleReport.finished(hostile, "rtn:bits=4,group=0", 4, 7, 2, 1, 0.05);
        String page = new String(
                Pages.report(SampleReport.report(RunState.FINISHED, List.of(study))), StandardCharsets.UTF_8);
        Map<String, String> files = PageParts.files(page);
        assertThat(files.get("table-01.csv")).contains("\"</table></svg>\\input{x} & $y$ \ufffd \"\"q\"\", 1,000");
        assertThat(files.get("table-01.tex"))
                .contains("\\textbackslash{}input\\{x\\} \\& \\$y\\$")
                .doesNotContain("\\input{");
    }
}
