package qroar.workers.gguf;

import java.nio.ByteBuffer;
import java.util.List;
import qroar.workers.packed.Float16;
import qroar.workers.tensors.Dtype;

/**
 * How the elements of a tensor's row are stored: blocks of consecutive columns, each with its own scale. A buffer is
 * little-endian, its position at the first byte of a block; a block's values are written in the order of their columns.
 */
public enum BlockFormat {
    F32(0, 1, 4) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            out[at] = in.getFloat();
        }
    },
    F16(1, 1, 2) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            out[at] = half(in);
        }
    },
    BF16(30, 1, 2) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            out[at] = Float.intBitsToFloat(in.getShort() << 16);
        }
    },
    /** w = d (q - 8). */
    Q4_0(2, 32, 18) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            float d = half(in);
            for (int i = 0; i < 16; i++) {
                int pair = in.get();
                out[at + i] = d * ((pair & 15) - 8);
                out[at + 16 + i] = d * ((pair >> 4 & 15) - 8);
            }
        }
    },
    /** w = d q + m. */
    Q4_1(3, 32, 20) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            float d = half(in);
            float m = half(in);
            for (int i = 0; i < 16; i++) {
                int pair = in.get();
                out[at + i] = d * (pair & 15) + m;
                out[at + 16 + i] = d * (pair >> 4 & 15) + m;
            }
        }
    },
    /** w = d (q - 16), the fifth bits together. */
    Q5_0(6, 32, 22) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            float d = half(in);
            int high = in.getInt();
            for (int i = 0; i < 16; i++) {
                int pair = in.get();
                out[at + i] = d * ((pair & 15 | (high >>> i & 1) << 4) - 16);
                out[at + 16 + i] = d * ((pair >> 4 & 15 | (high >>> i + 16 & 1) << 4) - 16);
            }
        }
    },
    /** w = d q + m, the fifth bits together. */
    Q5_1(7, 32, 24) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            float d = half(in);
            float m = half(in);
            int high = in.getInt();
            for (int i = 0; i < 16; i++) {
                int pair = in.get();
                out[at + i] = d * (pair & 15 | (high >>> i & 1) << 4) + m;
                out[at + 16 + i] = d * (pair >> 4 & 15 | (high >>> i + 16 & 1) << 4) + m;
            }
        }
    },
    /** w = q d. */
    Q8_0(8, 32, 34) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            float d = half(in);
            for (int i = 0; i < 32; i++) {
                out[at + i] = in.get() * d;
            }
        }
    },
    /** Eight groups of 32: w = (d s) q - dmin m, s and m of 6 bits. */
    Q4_K(12, 256, 144) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            float d = half(in);
            float dmin = half(in);
            int scales = in.position();
            int quants = scales + SCALE_BYTES;
            for (int group = 0; group < 8; group++) {
                float scale = d * scale(in, scales, group);
                float minimum = dmin * minimum(in, scales, group);
                int shift = (group & 1) * 4;
                for (int i = 0; i < 32; i++) {
                    int q = in.get(quants + group / 2 * 32 + i) >> shift & 15;
                    out[at + group * 32 + i] = scale * q - minimum;
                }
            }
            in.position(quants + 128);
        }
    },
    /** As {@link #Q4_K}, with a fifth bit. */
    Q5_K(13, 256, 176) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            float d = half(in);
            float dmin = half(in);
            int scales = in.position();
            int high = scales + SCALE_BYTES;
            int quants = high + 32;
            for (int group = 0; group < 8; group++) {
                float scale = d * scale(in, scales, group);
                float minimum = dmin * minimum(in, scales, group);
                int shift = (group & 1) * 4;
                for (int i = 0; i < 32; i++) {
                    int low = in.get(quants + group / 2 * 32 + i) >> shift & 15;
                    int q = low | (in.get(high + i) >> group & 1) << 4;
                    out[at + group * 32 + i] = scale * q - minimum;
                }
            }
            in.position(quants + 128);
        }
    },
    /** Sixteen groups of 16: w = (d s) (q - 32), s of 8 bits. */
    Q6_K(14, 256, 210) {
        @Override
        void dequantize(ByteBuffer in, float[] out, int at) {
            int low = in.position();
            int high = low + 128;
            int scales = high + 64;
            float d = Float16.toFloat(in.getShort(scales + 16));
            for (int i = 0; i < 256; i++) {
                int half = i / 128;
                int quarter = i % 128 / 32;
                int column = i % 32;
                int lowBits = in.get(low + half * 64 + quarter % 2 * 32 + column) >> quarter / 2 * 4 & 15;
                int highBits = in.get(high + half * 32 + column) >> quarter * 2 & 3;
                float scale = d * in.get(scales + i / 16);
                out[at + i] = scale * ((lowBits | highBits << 4) - 32);
            }
            in.position(scales + 18);
        }
    };

    /** Sixteen numbers of 6 bits. */
    private static final int SCALE_BYTES = 12;

    private final int code;
    private final int elements;
    private final int bytes;

    BlockFormat(int code, int elements, int bytes) {
        this.code = code;
        this.elements = elements;
        this.bytes = bytes;
    }

    /** The one whose blocks are plain numbers of that type. */
    public static BlockFormat of(Dtype dtype) {
        return switch (dtype) {
            case F32 -> F32;
            case F16 -> F16;
            case BF16 -> BF16;
        };
    }

    /** Whether columns share a scale. */
    public boolean isBlock() {
        return elements > 1;
    }

    /** {@code ggml_type} in the file. */
    int code() {
        return code;
    }

    /** Elements of a block. */
    int elements() {
        return elements;
    }

    /** Bytes of a block. */
    public int bytes() {
        return bytes;
    }

    /** Where in a block the numbers lie that multiply all of its values; of the plain formats, the value itself. */
    public List<Integer> scalePlaces() {
        return switch (this) {
            case F32, F16, BF16, Q4_0, Q5_0, Q8_0 -> List.of(0);
            case Q4_1, Q5_1, Q4_K, Q5_K -> List.of(0, Short.BYTES);
            case Q6_K -> List.of(bytes - Short.BYTES);
        };
    }

    /** Reads one block and writes {@link #elements} values from {@code at} on. */
    abstract void dequantize(ByteBuffer in, float[] out, int at);

    /** Six bits each: the first four groups' in a byte of their own, the others' spread over two. */
    private static int scale(ByteBuffer in, int scales, int group) {
        return group < 4
                ? in.get(scales + group) & 63
                : in.get(scales + 4 + group) & 15 | in.get(scales + group - 4) >> 2 & 48;
    }

    private static int minimum(ByteBuffer in, int scales, int group) {
        return group < 4
                ? in.get(scales + 4 + group) & 63
                : in.get(scales + 4 + group) >> 4 & 15 | in.get(scales + group) >> 2 & 48;
    }

    private static float half(ByteBuffer in) {
        return Float16.toFloat(in.getShort());
    }
}
