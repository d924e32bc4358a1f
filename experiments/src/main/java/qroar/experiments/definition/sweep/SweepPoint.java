package qroar.experiments.definition.sweep;

import qroar.experiments.objective.Aim;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;

/** One combination of the swept keys. */
public record SweepPoint(
        RopeChoice rope,
        QuantizationSpec quantizer,
        int bands,
        LayerChoice layers,
        int grid,
        ScaleMode mode,
        Weighting weights,
        Aim objective) {}
