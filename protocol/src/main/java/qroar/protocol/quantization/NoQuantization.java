package qroar.protocol.quantization;

/** Weights as stored, upcast to float32. */
public record NoQuantization() implements WeightQuantization {
    @Override
    public String type() {
        return "none";
    }
}
