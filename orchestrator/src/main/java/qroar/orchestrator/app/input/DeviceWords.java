package qroar.orchestrator.app.input;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/** Devices as people name them: {@code cpu}, {@code gpu:0} (PyTorch's {@code cuda:0} too), or {@code auto}. */
public final class DeviceWords {
    /** Every accelerator that is there, and the processor where there is none. */
    public static final String AUTO = "auto";

    /** As many as are looked for. */
    public static final int MOST_ACCELERATORS = 16;

    private DeviceWords() {}

    /**
     * The devices, each once. {@code auto} starts the native library; the others are not looked for.
     *
     * @param threads of one forward pass on the cpu, for the library where it is started
     * @throws qroar.protocol.BadInput naming the words that are understood
     */
    public static List<TorchDevice> of(List<String> words, int threads) {
        return words.stream()
                .flatMap(word -> word.equals(AUTO) ? present(threads) : Stream.of(TorchDevice.ofWord(word)))
                .distinct()
                .toList();
    }

    /** A single device: with {@code auto} the first accelerator that is there. */
    public static TorchDevice first(String word, int threads) {
        return of(List.of(word), threads).get(0);
    }

    private static Stream<TorchDevice> present(int threads) {
        System.setProperty(TorchRuntime.THREADS_PROPERTY, String.valueOf(threads));
        List<TorchDevice> found = new ArrayList<>();
        for (int i = 0; i < MOST_ACCELERATORS; i++) {
            TorchDevice accelerator = TorchDevice.ofWord("gpu:" + i);
            if (TorchRuntime.get().absence(accelerator) != null) {
                break;
            }
            found.add(accelerator);
        }
        return found.isEmpty() ? Stream.of(TorchDevice.CPU) : found.stream();
    }
}
