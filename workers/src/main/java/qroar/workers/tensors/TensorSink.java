package qroar.workers.tensors;

import java.io.IOException;

/** Where tensors that were announced are written to; each may come in several pieces, in any order of the tensors. */
public interface TensorSink {
    /** Appends numbers in the type that was announced, rounded to nearest, ties to even. */
    void numbers(String tensor, float[] values) throws IOException;

    /** Appends words of 32 bits. */
    void words(String tensor, int[] values) throws IOException;

    /** Appends one number of 64 bits. */
    void whole(String tensor, long value) throws IOException;
}
