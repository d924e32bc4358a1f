package qroar.workers.torch;

import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import qroar.protocol.StorageFault;

/**
 * A TorchScript module assembled in memory: a Zip of the pickled object (one boolean attribute), empty constants, a
 * format version and the class in TorchScript's serialised dialect.
 *
 * <p>Calls may come from any thread. They run in inference mode, and without the profiling executor, whose
 * re-specialisation makes the first calls slow and the numbers depend on which shapes came before.
 */
final class ScriptModule {
    private static final ThreadLocal<Boolean> PREPARED = ThreadLocal.withInitial(() -> {
        JniUtils.setGradMode(false);
        JniUtils.setGraphExecutorOptimize(false);
        return true;
    });

    /** Held because a model frees its module when it is collected. */
    private final Model model;

    private final PtSymbolBlock block;

    private ScriptModule(Model model) {
        this.model = model;
        this.block = (PtSymbolBlock) model.getBlock();
    }

    /** Reads a resource beside this class that defines {@code className}. */
    static ScriptModule ofResource(String resource, String className) {
        try (InputStream source = ScriptModule.class.getResourceAsStream(resource)) {
            if (source == null) {
                throw new IllegalStateException("resource " + resource + " is missing");
            }
            Model model = Model.newInstance(className, TorchDevice.CPU.djl(), "PyTorch");
            model.load(new ByteArrayInputStream(archive(className, source.readAllBytes())));
            // Loading from a stream makes an empty folder, which a killed process would leave behind.
            Files.deleteIfExists(model.getModelPath());
            return new ScriptModule(model);
        } catch (IOException e) {
            // The script itself is in memory; what is loaded from a stream wants a folder of its own all the same.
            throw new StorageFault(
                    "temporary folder " + System.getProperty("java.io.tmpdir")
                            + " cannot be used (" + e + "); name another with TMPDIR",
                    e);
        } catch (ai.djl.MalformedModelException e) {
            throw new IllegalStateException("TorchScript of " + resource + " does not load", e);
        }
    }

    TorchValue call(String method, IValue... arguments) {
        if (!PREPARED.get()) {
            throw new IllegalStateException("thread not prepared for PyTorch");
        }
        try {
            return new TorchValue(IValueUtils.runMethod(block, method, arguments));
        } catch (EngineException e) {
            String message = String.valueOf(e.getMessage());
            if (DeviceOutOfMemory.isMeantBy(message)) {
                throw new DeviceOutOfMemory("no memory for " + method, e);
            }
            throw e;
        }
    }

    @Override
    public String toString() {
        return model.getName();
    }

    private static byte[] archive(String className, byte[] source) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setMethod(ZipOutputStream.STORED);
            stored(zip, "m/data.pkl", pickledObject(className));
            stored(zip, "m/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
            stored(zip, "m/version", "10\n".getBytes(StandardCharsets.US_ASCII));
            stored(zip, "m/code/__torch__.py", source);
        }
        return bytes.toByteArray();
    }

    /** Pickle protocol 2: an instance of the class with {@code training = False}. */
    private static byte[] pickledObject(String className) throws IOException {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(new byte[] {(byte) 0x80, 2});
        pickle.write(("c__torch__\n" + className + "\n").getBytes(StandardCharsets.US_ASCII));
        pickle.write(new byte[] {')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
        pickle.write("training".getBytes(StandardCharsets.US_ASCII));
        pickle.write(new byte[] {(byte) 0x89, 'u', 'b', '.'});
        return pickle.toByteArray();
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
