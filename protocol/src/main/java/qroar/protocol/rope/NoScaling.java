package qroar.protocol.rope;

/** No interpolation: theta^(-2j/d). */
public record NoScaling() implements RopeScaling {
    @Override
    public String type() {
        return "none";
    }
}
