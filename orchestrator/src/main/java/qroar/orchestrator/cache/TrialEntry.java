package qroar.orchestrator.cache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import qroar.orchestrator.journal.codec.PackedNumbers;
import qroar.protocol.Sha256;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialKey;

/**
 * The bytes of one entry, big-endian: magic (8), version (4), key (32), length of the body before deflating (4), deflated
 * body, SHA-256 (32) over everything before it. The digest is checked before anything is believed. A body ends with its
 * cost, or, of a trial with gradients, with these, or, of one that is compared with a reference, with the comparisons
 * behind these.
 */
final class TrialEntry {
    static final int VERSION = 1;
    /** A body larger than this is no trial of ours. */
    static final int MAX_BODY_BYTES = 1 << 30;

    private static final byte[] MAGIC = "qroar-tc".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY_BYTES = 32;
    private static final int DIGEST_BYTES = 32;
    private static final int HEADER_BYTES = MAGIC.length + 4 + KEY_BYTES + 4;

    private TrialEntry() {}

    static byte[] encode(TrialKey key, CachedTrial trial) {
        try {
            byte[] body = body(trial);
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(HEADER_BYTES + body.length + DIGEST_BYTES);
            DataOutputStream out = new DataOutputStream(bytes);
            out.write(MAGIC);
            out.writeInt(VERSION);
            out.write(HexFormat.of().parseHex(key.hex()));
            out.writeInt(body.length);
            Deflater deflater = new Deflater(Deflater.BEST_SPEED);
            try {
                DeflaterOutputStream deflated = new DeflaterOutputStream(out, deflater);
                deflated.write(body);
                deflated.finish();
            } finally {
                deflater.end();
            }
            out.write(sha256(bytes.toByteArray(), bytes.size()));
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail to be written", e);
        }
    }

    /** @throws IllegalArgumentException when the bytes are not an intact entry of this key */
    static CachedTrial decode(TrialKey key, byte[] bytes) {
        int end = bytes.length - DIGEST_BYTES;
        if (end < HEADER_BYTES || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new IllegalArgumentException("no entry of a trial cache");
        }
        if (!MessageDigest.isEqual(sha256(bytes, end), Arrays.copyOfRange(bytes, end, bytes.length))) {
            throw new IllegalArgumentException("damaged: its digest does not agree");
        }
        ByteBuffer header = ByteBuffer.wrap(bytes, MAGIC.length, HEADER_BYTES - MAGIC.length);
        int version = header.getInt();
        if (version != VERSION) {
            throw new IllegalArgumentException("version " + version + "; this one reads " + VERSION);
        }
        byte[] stored = new byte[KEY_BYTES];
        header.get(stored);
        if (!HexFormat.of().formatHex(stored).equals(key.hex())) {
            throw new IllegalArgumentException("entry of another key");
        }
        try {
            return trial(inflated(bytes, end, header.getInt()));
        } catch (IOException | DataFormatException | RuntimeException e) {
            throw new IllegalArgumentException("malformed: " + e.getMessage(), e);
        }
    }

    private static byte[] inflated(byte[] bytes, int end, int length) throws DataFormatException {
        if (length < 0 || length > MAX_BODY_BYTES) {
            throw new IllegalArgumentException("body of " + length + " bytes");
        }
        byte[] body = new byte[length];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, HEADER_BYTES, end - HEADER_BYTES);
            int filled = 0;
            while (filled < length) {
                int more = inflater.inflate(body, filled, length - filled);
                if (more == 0) {
                    throw new IllegalArgumentException("body ends after " + filled + " of " + length + " bytes");
                }
                filled += more;
            }
            return body;
        } finally {
            inflater.end();
        }
    }

    private static byte[] body(CachedTrial trial) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        double[] nll = trial.nllNats();
        out.writeInt(nll.length);
        for (double value : nll) {
            out.writeLong(Double.doubleToRawLongBits(value));
        }
        out.writeInt(trial.activations().size());
        for (LayerActivations layer : trial.activations()) {
            out.writeInt(layer.document());
            out.writeInt(layer.layer());
            write(out, layer.queryBefore());
            write(out, layer.keyBefore());
            write(out, layer.queryAfter());
            write(out, layer.keyAfter());
        }
        out.writeLong(trial.cost().forwardTokens());
        out.writeLong(trial.cost().computeNanos());
        if (!trial.gradients().isEmpty() || !trial.comparisons().isEmpty()) {
            out.writeInt(trial.gradients().size());
            for (ScaleGradient gradient : trial.gradients()) {
                out.writeInt(gradient.document());
                write(gradient.query(), out);
                write(gradient.key(), out);
            }
        }
        if (!trial.comparisons().isEmpty()) {
            out.writeInt(trial.comparisons().size());
            for (ReferenceComparison comparison : trial.comparisons()) {
                write(out, comparison);
            }
        }
        if (bytes.size() > MAX_BODY_BYTES) {
            throw new IllegalArgumentException("trial of " + bytes.size() + " bytes is too large for the cache");
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, ReferenceComparison comparison) throws IOException {
        out.writeInt(comparison.document());
        out.writeInt(comparison.stretches().size());
        for (ReferenceComparison.Stretch stretch : comparison.stretches()) {
            out.writeLong(stretch.tokens());
            out.writeLong(Double.doubleToRawLongBits(stretch.klNats()));
            out.writeLong(Double.doubleToRawLongBits(stretch.maxKlNats()));
            write(out, List.of(stretch.kl()));
            out.writeLong(stretch.sameTop());
            out.writeLong(Double.doubleToRawLongBits(stretch.deltaP()));
            out.writeLong(Double.doubleToRawLongBits(stretch.deltaPSquares()));
            out.writeLong(stretch.keyTokens());
            out.writeLong(Double.doubleToRawLongBits(stretch.keyNllNats()));
        }
    }

    private static ReferenceComparison comparison(DataInputStream in) throws IOException {
        int document = in.readInt();
        List<ReferenceComparison.Stretch> stretches = new ArrayList<>();
        for (int left = count(in, 8 * Long.BYTES); left > 0; left--) {
            stretches.add(new ReferenceComparison.Stretch(
                    in.readLong(),
                    Double.longBitsToDouble(in.readLong()),
                    Double.longBitsToDouble(in.readLong()),
                    only(histograms(in)),
                    in.readLong(),
                    Double.longBitsToDouble(in.readLong()),
                    Double.longBitsToDouble(in.readLong()),
                    in.readLong(),
                    Double.longBitsToDouble(in.readLong())));
        }
        return new ReferenceComparison(document, stretches);
    }

    private static LogHistogram only(List<LogHistogram> histograms) {
        if (histograms.size() != 1) {
            throw new IllegalArgumentException(histograms.size() + " histograms where one was due");
        }
        return histograms.get(0);
    }

    private static void write(List<Double> values, DataOutputStream out) throws IOException {
        out.writeInt(values.size());
        for (double value : values) {
            out.writeLong(Double.doubleToRawLongBits(value));
        }
    }

    private static void write(DataOutputStream out, List<LogHistogram> histograms) throws IOException {
        out.writeInt(histograms.size());
        for (LogHistogram histogram : histograms) {
            byte[] packed = PackedNumbers.bytes(histogram);
            out.writeInt(packed.length);
            out.write(packed);
        }
    }

    private static CachedTrial trial(byte[] body) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
        double[] nll = new double[count(in, Double.BYTES)];
        for (int i = 0; i < nll.length; i++) {
            nll[i] = Double.longBitsToDouble(in.readLong());
        }
        int layers = count(in, 6 * Integer.BYTES);
        List<LayerActivations> activations = new ArrayList<>(layers);
        for (int i = 0; i < layers; i++) {
            activations.add(new LayerActivations(
                    in.readInt(), in.readInt(), histograms(in), histograms(in), histograms(in), histograms(in)));
        }
        TrialCost cost = new TrialCost(in.readLong(), in.readLong());
        List<ScaleGradient> gradients = new ArrayList<>();
        int documents = in.available() == 0 ? 0 : count(in, 3 * Integer.BYTES);
        for (int i = 0; i < documents; i++) {
            gradients.add(new ScaleGradient(in.readInt(), doubles(in), doubles(in)));
        }
        List<ReferenceComparison> comparisons = new ArrayList<>();
        for (int left = in.available() == 0 ? 0 : count(in, 2 * Integer.BYTES); left > 0; left--) {
            comparisons.add(comparison(in));
        }
        if (in.available() > 0) {
            throw new IllegalArgumentException(in.available() + " bytes too many");
        }
        return new CachedTrial(nll, activations, gradients, comparisons, cost);
    }

    private static List<Double> doubles(DataInputStream in) throws IOException {
        List<Double> values = new ArrayList<>();
        for (int left = count(in, Double.BYTES); left > 0; left--) {
            values.add(Double.longBitsToDouble(in.readLong()));
        }
        return values;
    }

    private static List<LogHistogram> histograms(DataInputStream in) throws IOException {
        int size = count(in, Integer.BYTES);
        List<LogHistogram> histograms = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            histograms.add(PackedNumbers.histogram(in.readNBytes(count(in, 1))));
        }
        return histograms;
    }

    /** A count of things that each need some bytes: never more than the bytes that are left can hold. */
    private static int count(DataInputStream in, int bytesEach) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available() / bytesEach) {
            throw new IllegalArgumentException("count " + count + " with " + in.available() + " bytes left");
        }
        return count;
    }

    private static byte[] sha256(byte[] bytes, int length) {
        MessageDigest digest = Sha256.begin();
        digest.update(bytes, 0, length);
        return digest.digest();
    }
}
