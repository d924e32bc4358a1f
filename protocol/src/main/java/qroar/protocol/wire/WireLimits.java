package qroar.protocol.wire;

/** Bounds of everything with a length, far above what a real search sends. */
final class WireLimits {
    /** A whole frame: the activations of a layer with 128 RoPE pairs and full histograms take 3.4 MB. */
    static final int FRAME_BYTES = 4 << 20;
    /** Names, paths of actors, causes: a cause of 2000 characters takes at most 6000 bytes. */
    static final int TEXT_BYTES = 16_384;
    /** Canonical texts of scalings and quantizations: a longrope scaling has two numbers per RoPE pair. */
    static final int SPEC_BYTES = 65_536;
    /** RoPE pairs, bands, lengths of a plan. */
    static final int NUMBERS = 4096;
    /** Documents of a plan or a calibration. */
    static final int DOCUMENTS = 65_536;

    private WireLimits() {}
}
