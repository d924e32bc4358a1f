package qroar.workers.tensors;

import java.nio.file.Path;
import java.util.function.LongToIntFunction;

/**
 * Numbers in a file that multiply whole rows of a stored tensor: its elements themselves, the scales of its groups, or the
 * scales inside its blocks. Multiplying those of a row by s multiplies the row by s, and leaves integer codes as they are.
 *
 * @param tensor the stored tensor that they lie in, for messages
 * @param dtype of each number
 * @param offset of the first one in the file
 * @param strideBytes from one to the next
 * @param rowOf the row that number i multiplies
 */
public record RowFactors(
        Path file, String tensor, Dtype dtype, long offset, long count, int strideBytes, LongToIntFunction rowOf) {}
