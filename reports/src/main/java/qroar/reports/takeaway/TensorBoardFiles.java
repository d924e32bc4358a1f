package qroar.reports.takeaway;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;

/**
 * A run as event files of TensorBoard, one folder per study: {@code DIR/RUN/STUDY/events.out.tfevents.*}. Scalars only, in the
 * first and still read form of a summary ({@code simple_value}); TensorBoard computes in float32.
 *
 * <p>A file is a row of records (TensorFlow, {@code record_writer.cc}): length as 8 bytes, its checksum, the data, its
 * checksum, all little-endian. The checksum is CRC-32C, masked: rotated right by 15 bits, plus 0xa282ead8. Data are an
 * {@code Event} of {@code event.proto} in the wire form of protocol buffers.
 */
public final class TensorBoardFiles {
    private static final int WALL_TIME = 1;
    private static final int STEP = 2;
    private static final int FILE_VERSION = 3;
    private static final int SUMMARY = 5;
    private static final int SUMMARY_VALUE = 1;
    private static final int TAG = 1;
    private static final int SIMPLE_VALUE = 2;

    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int BYTES = 2;
    private static final int FOUR_BYTES = 5;

    private TensorBoardFiles() {}

    /**
     * Written again, the files of a run are replaced.
     *
     * @return how many files
     * @throws java.io.UncheckedIOException with one line naming the file and the reason
     */
    public static int write(Path folder, RunReport report) {
        long second = report.run().started().getEpochSecond();
        Path run = folder.resolve(FileNames.ofRun(report));
        for (StudyReport study : report.studies()) {
            Path file = run.resolve(FileNames.of(study.id())).resolve("events.out.tfevents." + second + ".qroar");
            AtomicFile.writeWithFolder(file, bytes(second, study));
        }
        return report.studies().size();
    }

    static byte[] bytes(long second, StudyReport study) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        Message version = new Message();
        version.number(WALL_TIME, (double) second);
        version.text(FILE_VERSION, "brain.Event:2");
        record(file, version.bytes());
        for (Scalars scalar : Scalars.of(study)) {
            Message value = new Message();
            value.text(TAG, scalar.tag());
            value.number(SIMPLE_VALUE, (float) scalar.value());
            Message summary = new Message();
            summary.bytes(SUMMARY_VALUE, value.bytes());
            Message event = new Message();
            event.number(WALL_TIME, (double) second);
            event.number(STEP, scalar.step());
            event.bytes(SUMMARY, summary.bytes());
            record(file, event.bytes());
        }
        return file.toByteArray();
    }

    private static void record(ByteArrayOutputStream file, byte[] data) {
        byte[] length = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length)
                .array();
        file.writeBytes(length);
        file.writeBytes(checksum(length));
        file.writeBytes(data);
        file.writeBytes(checksum(data));
    }

    private static byte[] checksum(byte[] data) {
        CRC32C crc = new CRC32C();
        crc.update(data);
        int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
        return ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(masked)
                .array();
    }

    /** Fields of a protocol buffer, as they come. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        byte[] bytes() {
            return out.toByteArray();
        }

        void number(int field, long value) {
            varint((long) field << 3 | VARINT);
            varint(value);
        }

        void number(int field, double value) {
            varint((long) field << 3 | EIGHT_BYTES);
            out.writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putDouble(value)
                    .array());
        }

        void number(int field, float value) {
            varint((long) field << 3 | FOUR_BYTES);
            out.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(value)
                    .array());
        }

        void text(int field, String text) {
            bytes(field, text.getBytes(StandardCharsets.UTF_8));
        }

        void bytes(int field, byte[] bytes) {
            varint((long) field << 3 | BYTES);
            varint(bytes.length);
            out.writeBytes(bytes);
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                out.write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }
    }
}
