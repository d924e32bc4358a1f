package qroar.workers.tensors;

/**
 * One entry of a safetensors header.
 *
 * @param dtype as written; any type that the format knows
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last
 */
record StoredTensor(String name, String dtype, long[] shape, long begin, long end) {
    long bytes() {
        return end - begin;
    }
}
