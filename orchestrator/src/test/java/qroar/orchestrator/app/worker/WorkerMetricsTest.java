package qroar.orchestrator.app.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.metrics.MetricsText;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.export.QuantizedModels;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.CancelledTrialException;
import qroar.workers.worker.NoRoom;
import qroar.workers.worker.NotHere;
import qroar.workers.worker.TrialMeasurer;

class WorkerMetricsTest {
    private static final long GIB = 1L << 30;
    private static final TrialSpec SPEC = new TrialSpec(
            "0".repeat(64),
            QuantizationSpec.NONE,
            Calibration.NONE,
            new NoScaling(),
            BandScales.identity(BandPartition.logSpaced(4, 2), ScaleMode.SHARED),
            new EvaluationPlan(List.of(new DocumentRef("d", "d", 129)), List.of(129), 64),
            TrialSpec.Probe.LOSSES);

    @TempDir
    Path folder;

    private final DeviceMeter meter = new DeviceMeter();

    /** Others hold all of it until they go. */
    private static final class Device implements DeviceMemory, MemoryGate.Holdings {
        private volatile long others;

        @Override
        public Reading read() {
            return new Reading(24 * GIB, 24 * GIB - others, others);
        }

        @Override
        public long modelBytes() {
            return 3 * GIB;
        }

        @Override
        public void releaseIdle() {}
    }

    private static TrialMeasurer.Cursor cursor(List<Supplier<@Nullable Measurement>> steps) {
        Iterator<Supplier<@Nullable Measurement>> left = steps.iterator();
        return new TrialMeasurer.Cursor() {
            @Override
            public @Nullable Measurement next() {
                return left.hasNext() ? left.next().get() : null;
            }

            @Override
            public void close() {}
        };
    }

    private TrialMeasurer.Cursor open(List<Supplier<@Nullable Measurement>> steps) {
        return meter.counting((spec, first, cancellation) -> cursor(steps)).open(SPEC, 0, new Cancellation());
    }

    private void refuse(RuntimeException why) {
        TrialMeasurer refusing = meter.counting((spec, first, cancellation) -> {
            throw why;
        });
        assertThatThrownBy(() -> refusing.open(SPEC, 0, new Cancellation())).isSameAs(why);
    }

    private static void drain(TrialMeasurer.Cursor cursor) {
        try (cursor) {
            while (cursor.next() != null) {
                // To the end.
            }
        }
        cursor.close();
    }

    private static Supplier<@Nullable Measurement> failing(RuntimeException why) {
        return () -> {
            throw why;
        };
    }

    private String text(Device device, MemoryGate gate) {
        return MetricsText.of(new WorkerMetrics(
                        List.of(new WorkerMetrics.Device("gpu:0", 4, meter, gate, device::modelBytes)),
                        new ModelLoading(
                                new LocalCatalog(Map.of(), Map.of()),
                                new QuantizedModels(folder.resolve("models"), Long.MAX_VALUE)))
                .families());
    }

    private static MemoryGate gate(Device device) {
        return new MemoryGate(
                "gpu:0", device, new MemoryGate.Limits(Long.MAX_VALUE, Long.MAX_VALUE, Duration.ofSeconds(60)), device);
    }

    @Test
    void whatWorkersDidIsCountedByHowItEnded() {
        drain(open(List.of(
                () -> new WindowLoss(0, 64, 100),
                () -> new WindowLoss(1, 64, 100),
                () -> new TrialCost(192, 1_500_000_000L))));
        TrialMeasurer.Cursor left = open(List.of(() -> new WindowLoss(0, 64, 100), () -> new WindowLoss(1, 64, 100)));
        assertThat(left.next()).isNotNull();
        left.close();
        left.close();
        assertThatThrownBy(() -> drain(open(List.of(failing(new CancelledTrialException())))))
                .isInstanceOf(CancelledTrialException.class);
        assertThatThrownBy(() -> drain(open(List.of(failing(new IllegalStateException("broken"))))))
                .hasMessage("broken");
        refuse(new NotHere("no such checkpoint"));
        refuse(new NoRoom("full"));
        Device device = new Device();
        assertThat(text(device, gate(device)))
                .contains(
                        "# TYPE qroar_worker_leases_total counter\nqroar_worker_leases_total{device=\"gpu:0\"} 6\n",
                        "qroar_worker_leases_ended_total{device=\"gpu:0\",ending=\"complete\"} 1\n",
                        "qroar_worker_leases_ended_total{device=\"gpu:0\",ending=\"cancelled\"} 2\n",
                        "qroar_worker_leases_ended_total{device=\"gpu:0\",ending=\"declined\"} 1\n",
                        "qroar_worker_leases_ended_total{device=\"gpu:0\",ending=\"sent-back\"} 1\n",
                        "qroar_worker_leases_ended_total{device=\"gpu:0\",ending=\"failed\"} 1\n",
                        "qroar_worker_windows_total{device=\"gpu:0\"} 3\n",
                        "qroar_worker_tokens_scored_total{device=\"gpu:0\"} 192\n",
                        "qroar_worker_forward_tokens_total{device=\"gpu:0\"} 192\n",
                        "qroar_worker_forward_seconds_total{device=\"gpu:0\"} 1.5\n",
                        "qroar_worker_state{device=\"gpu:0\",state=\"idle\"} 4\n");
    }

    @Test
    void memoryAndModelsAreToldAsTheyAre() throws Exception {
        Device device = new Device();
        device.others = 5 * GIB;
        Path entry = Files.createDirectories(folder.resolve("models").resolve("0".repeat(64)));
        Files.writeString(entry.resolve("model.safetensors"), "12345");
        assertThat(text(device, gate(device)))
                .contains(
                        "qroar_device_memory_bytes{device=\"gpu:0\",part=\"total\"} " + 24 * GIB + "\n",
                        "qroar_device_memory_bytes{device=\"gpu:0\",part=\"free\"} " + 19 * GIB + "\n",
                        "qroar_device_memory_bytes{device=\"gpu:0\",part=\"others\"} " + 5 * GIB + "\n",
                        "qroar_device_model_bytes{device=\"gpu:0\"} " + 3 * GIB + "\n",
                        "qroar_model_cache_bytes 5\n",
                        "qroar_models_loaded_total ",
                        "qroar_models_quantized_total ");
    }

    @Test
    void aWorkerIsSeenComputingAndWaitingForMemory() throws Exception {
        Device device = new Device();
        device.others = 24 * GIB;
        MemoryGate gate = gate(device);
        AtomicBoolean cancelled = new AtomicBoolean();
        TrialMeasurer waiting = meter.counting((spec, first, cancellation) -> {
            gate.admit(new MemoryNeed(GIB, 0, 0, 0, 0), () -> false, cancelled::get);
            throw new IllegalStateException("there is no room");
        });
        Thread worker = new Thread(() -> assertThatThrownBy(() -> waiting.open(SPEC, 0, new Cancellation()))
                .isInstanceOf(CancelledTrialException.class));
        try (TrialMeasurer.Cursor computing = open(List.of())) {
            worker.start();
            while (gate.waiting() == 0) {
                Thread.onSpinWait();
            }
            assertThat(text(device, gate))
                    .contains(
                            "qroar_worker_state{device=\"gpu:0\",state=\"idle\"} 2\n",
                            "qroar_worker_state{device=\"gpu:0\",state=\"waiting-for-memory\"} 1\n",
                            "qroar_worker_state{device=\"gpu:0\",state=\"loading\"} 0\n",
                            "qroar_worker_state{device=\"gpu:0\",state=\"computing\"} 1\n");
            assertThat(computing.next()).isNull();
        } finally {
            cancelled.set(true);
            worker.join();
        }
        assertThat(meter.ended(DeviceMeter.Ending.CANCELLED)).isEqualTo(2);
        assertThat(gate.waiting()).isZero();
    }
}
