package qroar.orchestrator.cli;

/**
 * A changed input.
 *
 * @param what was changed, for the table and for whoever replays it
 * @param bytes content
 * @param isNeutral whether nothing may change: the same values in another order or layout
 */
record Mutant(String what, byte[] bytes, boolean isNeutral) {
    Mutant {
        bytes = bytes.clone();
    }

    @Override
    public byte[] bytes() {
        return bytes.clone();
    }
}
