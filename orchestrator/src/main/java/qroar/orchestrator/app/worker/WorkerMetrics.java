package qroar.orchestrator.app.worker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.metrics.MetricFamily;
import qroar.orchestrator.metrics.MetricFamily.Sample;
import qroar.orchestrator.metrics.MetricFamily.Type;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.memory.MemoryGate;

/** The workers of this process in figures, by device; counters count since it began. Thread-safe. */
final class WorkerMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerMetrics.class);
    /** A look at a GPU starts a program; nobody asks for figures more often than this matters. */
    private static final long LOOK_AGAIN_NANOS = 5_000_000_000L;

    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Device> devices;
    private final ModelLoading models;

    /**
     * A device and who works on it.
     *
     * @param modelBytes of all models in its memory
     */
    record Device(String name, int workers, DeviceMeter meter, MemoryGate gate, LongSupplier modelBytes) {}

    WorkerMetrics(List<Device> devices, ModelLoading models) {
        this.devices = List.copyOf(devices);
        this.models = models;
    }

    List<MetricFamily> families() {
        List<MetricFamily> families = new ArrayList<>();
        addWork(families);
        families.add(new MetricFamily(
                "qroar_worker_state",
                Type.GAUGE,
                "Workers of this process by what they do now.",
                devices.stream().flatMap(device -> states(device).stream()).toList()));
        families.add(new MetricFamily(
                "qroar_device_memory_bytes",
                Type.GAUGE,
                "Memory of the device: all that this process could have, what is free, what other programs hold.",
                devices.stream().flatMap(device -> memory(device).stream()).toList()));
        families.add(each(
                "qroar_device_model_bytes",
                Type.GAUGE,
                "Weights that this process holds in the device's memory.",
                device -> device.modelBytes().getAsLong()));
        addModels(families);
        return families;
    }

    private void addWork(List<MetricFamily> families) {
        families.add(each(
                "qroar_worker_leases_total",
                Type.COUNTER,
                "Trials that workers of this process were given.",
                device -> device.meter().leases()));
        families.add(new MetricFamily(
                "qroar_worker_leases_ended_total",
                Type.COUNTER,
                "Those that ended, by how.",
                devices.stream().flatMap(device -> endings(device).stream()).toList()));
        families.add(each(
                "qroar_worker_windows_total",
                Type.COUNTER,
                "Windows measured by this process.",
                device -> device.meter().windows()));
        families.add(each(
                "qroar_worker_tokens_scored_total",
                Type.COUNTER,
                "Scored tokens in those windows.",
                device -> device.meter().scoredTokens()));
        families.add(each(
                "qroar_worker_forward_tokens_total",
                Type.COUNTER,
                "Tokens that went through a model, of completed trials.",
                device -> device.meter().forwardTokens()));
        families.add(each(
                "qroar_worker_forward_seconds_total",
                Type.COUNTER,
                "Time inside the forward pass for them.",
                device -> device.meter().forwardNanos() / NANOS_PER_SECOND));
        families.add(each(
                "qroar_worker_computing_seconds_total",
                Type.COUNTER,
                "Time of workers in the middle of trials, completed or not.",
                device -> device.meter().computingNanos() / NANOS_PER_SECOND));
        families.add(each(
                "qroar_worker_preparing_seconds_total",
                Type.COUNTER,
                "Time of workers before their trials could begin: waiting for memory, loading models.",
                device -> device.meter().preparingNanos() / NANOS_PER_SECOND));
    }

    private void addModels(List<MetricFamily> families) {
        families.add(
                MetricFamily.counter("qroar_models_loaded_total", "Models loaded by this process.", models.loads()));
        families.add(MetricFamily.counter(
                "qroar_models_quantized_total",
                "Models loaded with a quantizer by this process.",
                models.quantizations()));
        try {
            families.add(MetricFamily.gauge(
                    "qroar_model_cache_bytes",
                    "Disk that calibrated models take.",
                    models.kept().bytes()));
        } catch (IOException e) {
            LOG.info("the cache of models cannot be measured: {}", e.toString());
        }
    }

    private MetricFamily each(String name, Type type, String help, ToDoubleFunction<Device> value) {
        return new MetricFamily(
                name,
                type,
                help,
                devices.stream()
                        .map(device -> new Sample(Map.of("device", device.name()), value.applyAsDouble(device)))
                        .toList());
    }

    private static List<Sample> endings(Device device) {
        Map<String, Long> values = new LinkedHashMap<>();
        for (DeviceMeter.Ending ending : DeviceMeter.Ending.values()) {
            values.put(
                    ending.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                    device.meter().ended(ending));
        }
        return samples(device, "ending", values);
    }

    /** Taken one after the other while workers go on: held to what is possible. */
    private static List<Sample> states(Device device) {
        int computing = Math.min(device.meter().computing(), device.workers());
        int preparing = Math.min(device.meter().preparing(), device.workers() - computing);
        int waiting = Math.min(device.gate().waiting(), preparing);
        Map<String, Integer> values = new LinkedHashMap<>();
        values.put("idle", device.workers() - computing - preparing);
        values.put("waiting-for-memory", waiting);
        values.put("loading", preparing - waiting);
        values.put("computing", computing);
        return samples(device, "state", values);
    }

    private static List<Sample> memory(Device device) {
        DeviceMemory.Reading reading = device.gate().reading(LOOK_AGAIN_NANOS);
        Map<String, Long> values = new LinkedHashMap<>();
        values.put("total", reading.total());
        values.put("free", reading.free());
        values.put("others", reading.others());
        return samples(device, "part", values);
    }

    private static List<Sample> samples(Device device, String label, Map<String, ? extends Number> values) {
        List<Sample> samples = new ArrayList<>();
        values.forEach((key, value) -> {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("device", device.name());
            labels.put(label, key);
            samples.add(new Sample(labels, value.doubleValue()));
        });
        return samples;
    }
}
