package qroar.protocol.message;

/**
 * What a worker is.
 *
 * @param id unique within a run, stable while the worker lives: host, process and device
 * @param device {@code cpu} or {@code gpu:N}
 * @param threads native threads of one forward pass
 * @param memoryBytes memory of the device that the worker may use
 * @param engine what computes the numbers, in words: version of the library, instruction set of its kernels, processor;
 *     workers whose words differ may differ in the last digits of a loss
 */
public record WorkerProfile(String id, String device, int threads, long memoryBytes, String engine) {}
