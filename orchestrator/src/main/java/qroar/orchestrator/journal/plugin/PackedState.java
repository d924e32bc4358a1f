package qroar.orchestrator.journal.plugin;

/** A state that is bytes already: its checksum was taken of them. */
@SuppressWarnings("ArrayRecordComponent") // passed on once, never compared
public record PackedState(String manifest, byte[] bytes) {}
