package qroar.workers.tensors;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;

/** A tensor of a checkpoint, however its elements are stored. */
public sealed interface WeightSource permits TensorLocation, PackedTensor {
    /** The file that holds it, or most of it; what messages name. */
    Path file();

    /** Its Hugging Face name: {@code model.layers.0.self_attn.q_proj.weight}. */
    String name();

    /** Dimensions, outermost first. */
    long[] shape();

    /** Number of elements. */
    long elements();

    /** Bytes that it takes in its files. */
    long storedBytes();

    /** How its elements are stored, in a word or two: {@code BF16}, {@code awq:bits=4,group=128}, {@code Q4_K}. */
    String encoding();

    /**
     * All elements as float32, row-major.
     *
     * @throws qroar.protocol.BadInput when there are 2^31 of them or more, or the file was cut off since it was opened
     */
    float[] readFloat32();

    /** The numbers in its files that multiply its rows; every row has as many of them. */
    List<RowFactors> rowFactors();

    /**
     * Adds the bytes as they are stored.
     *
     * @return how many of the numbers among them are NaN or infinite
     */
    long addTo(MessageDigest digest);
}
