package qroar.workers.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * TorchScript modules as bytes, without Python: a Zip of the pickled object (one boolean attribute, and modules inside it),
 * empty constants, a format version and the classes in TorchScript's serialised dialect.
 */
public final class ScriptArchive {
    /** In the order of their names. */
    private static final List<Part> PARTS =
            List.of(new Part("decoder", "decoder.py", "Decoder"), new Part("quantize", "quantize.py", "Quantize"));

    private ScriptArchive() {}

    private record Part(String name, String resource, String className) {}

    /** One module of the resource that defines its class. */
    static byte[] of(String resource, String className) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(new byte[] {(byte) 0x80, 2});
        begin(pickle, className);
        end(pickle);
        pickle.write('.');
        return archive(pickle.toByteArray(), source(resource));
    }

    /**
     * All operations as one module with the parts {@code decoder} and {@code quantize}: what {@code torch.jit.load} of
     * Python reads, to drive the same kernels on a device of its choice.
     */
    public static byte[] ofAll() throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        StringBuilder whole = new StringBuilder("\nclass Ops(Module):\n  __parameters__ = []\n  __buffers__ = []\n")
                .append("  training : bool\n");
        pickle.write(new byte[] {(byte) 0x80, 2});
        begin(pickle, "Ops");
        for (Part part : PARTS) {
            text(pickle, part.name());
            begin(pickle, part.className());
            end(pickle);
            code.write(source(part.resource()));
            code.write('\n');
            whole.append("  " + part.name() + " : __torch__." + part.className() + "\n");
        }
        end(pickle);
        pickle.write('.');
        code.write(whole.toString().getBytes(StandardCharsets.US_ASCII));
        return archive(pickle.toByteArray(), code.toByteArray());
    }

    private static byte[] source(String resource) throws IOException {
        try (InputStream source = ScriptArchive.class.getResourceAsStream(resource)) {
            if (source == null) {
                throw new IllegalStateException("resource " + resource + " is missing");
            }
            return source.readAllBytes();
        }
    }

    /** Pickle protocol 2: an instance of the class, whose attributes follow; the first is {@code training = False}. */
    private static void begin(ByteArrayOutputStream pickle, String className) throws IOException {
        pickle.write(("c__torch__\n" + className + "\n").getBytes(StandardCharsets.US_ASCII));
        pickle.write(new byte[] {')', (byte) 0x81, '}', '('});
        text(pickle, "training");
        pickle.write((byte) 0x89);
    }

    private static void end(ByteArrayOutputStream pickle) throws IOException {
        pickle.write(new byte[] {'u', 'b'});
    }

    private static void text(ByteArrayOutputStream pickle, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        pickle.write(new byte[] {'X', (byte) bytes.length, 0, 0, 0});
        pickle.write(bytes);
    }

    private static byte[] archive(byte[] pickle, byte[] source) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            stored(zip, "m/data.pkl", pickle);
            stored(zip, "m/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            stored(zip, "m/version", "10\n".getBytes(StandardCharsets.US_ASCII));
            stored(zip, "m/code/__torch__.py", source);
        }
        return bytes.toByteArray();
    }

    private static void stored(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(checksum.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
