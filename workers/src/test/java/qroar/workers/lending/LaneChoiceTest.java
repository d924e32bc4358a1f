package qroar.workers.lending;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

class LaneChoiceTest {
    /** Frees what it makes before anybody has read it. */
    private static final class Hasty implements Lane {
        @Override
        public <T> CompletableFuture<T> make(Supplier<T> maker) {
            return makeAhead(maker);
        }

        @Override
        public <T> CompletableFuture<T> makeAhead(Supplier<T> maker) {
            T made = maker.get();
            ((TorchValue) made).close();
            return CompletableFuture.completedFuture(made);
        }

        @Override
        public void free(Runnable freeing) {
            freeing.run();
        }

        @Override
        public void settle() {}
    }

    /** Makes nothing anew: every layer is the first one again. */
    private static final class Stale implements Lane {
        private Object first = "";

        @Override
        public <T> CompletableFuture<T> make(Supplier<T> maker) {
            return makeAhead(maker);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> CompletableFuture<T> makeAhead(Supplier<T> maker) {
            T made = maker.get();
            if (first.equals("")) {
                first = ((TorchValue) made).share();
            }
            ((TorchValue) made).close();
            return CompletableFuture.completedFuture((T) ((TorchValue) first).share());
        }

        @Override
        public void free(Runnable freeing) {
            freeing.run();
        }

        @Override
        public void settle() {
            if (first instanceof TorchValue value) {
                value.close();
                first = "";
            }
        }
    }

    @Test
    void aLaneOfEqualBitsIsProven() {
        long before = TorchValue.live();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            LaneProof.require(TorchDevice.CPU, new CopyLane(thread, new CopyLane.Stream() {
                @Override
                public void join() {}

                @Override
                public void finish() {}
            }));
        } finally {
            thread.shutdownNow();
        }
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    @Test
    void aLaneOfOtherBitsIsNot() {
        long before = TorchValue.live();
        assertThatThrownBy(() -> LaneProof.require(TorchDevice.CPU, new Stale()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("gave other bits");
        assertThatThrownBy(() -> LaneProof.require(TorchDevice.CPU, new Hasty()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after it was closed");
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    /** PyTorch of this build knows no streams, as one may anywhere. */
    @Test
    void whatDoesNotLoadOrFailsIsDoneWithout() {
        LaneChoice choice = whenSetTo("on", () -> LaneChoice.of(new TorchDevice(TorchDevice.Kind.GPU, 0)));
        assertThat(choice.words()).startsWith("copied on the default stream (").doesNotContain("is off");
        assertThat(choice.lane()).isInstanceOf(PlainLane.class).isNotSameAs(choice.lane());
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.isAlive() && thread.getName().startsWith("qroar-copies-"));
        assertThat(LaneChoice.of(TorchDevice.CPU).lane()).isInstanceOf(PlainLane.class);
    }

    @Test
    void itIsAskedForAndOtherSettingsAreRefused() {
        TorchDevice gpu = new TorchDevice(TorchDevice.Kind.GPU, 1);
        assertThat(whenSetTo("off", () -> LaneChoice.of(gpu)).words())
                .isEqualTo("copied on the default stream (the copy stream is off; QROAR_COPY_STREAM=on asks for it)");
        assertThat(whenSetTo("", () -> LaneChoice.of(gpu)).words()).contains("is off");
        assertThatThrownBy(() -> whenSetTo("no", () -> LaneChoice.of(gpu)))
                .isInstanceOf(BadInput.class)
                .hasMessage("qroar.copy-stream is 'no'; use on or off");
    }

    private static LaneChoice whenSetTo(String setting, Supplier<LaneChoice> choice) {
        String before = System.getProperty(LaneChoice.PROPERTY);
        System.setProperty(LaneChoice.PROPERTY, setting);
        try {
            return choice.get();
        } finally {
            if (before == null) {
                System.clearProperty(LaneChoice.PROPERTY);
            } else {
                System.setProperty(LaneChoice.PROPERTY, before);
            }
        }
    }
}
