package qroar.workers.torch;

import ai.djl.Model;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import qroar.protocol.StorageFault;

/**
 * A TorchScript module assembled in memory, see {@link ScriptArchive}.
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
        try {
            Model model = Model.newInstance(className, TorchDevice.CPU.djl(), "PyTorch");
            model.load(new ByteArrayInputStream(ScriptArchive.of(resource, className)));
            // Loading from a stream makes an empty folder, which a killed process would leave behind.
            Files.deleteIfExists(model.getModelPath());
            return new ScriptModule(model);
        } catch (IOException e) {
            // The script itself is in memory; what is loaded from a stream wants a folder of its own all the same.
            throw new StorageFault(
                    "temporary folder " + System.getProperty("java.io.tmpdir") + " cannot be used (" + e
                            + "); name another with TMPDIR",
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
}
