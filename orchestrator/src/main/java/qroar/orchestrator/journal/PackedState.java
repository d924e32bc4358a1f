package qroar.orchestrator.journal;

/** A state that is bytes already: its checksum was taken of them. */
@SuppressWarnings("ArrayRecordComponent") // passed on once, never compared
record PackedState(String manifest, byte[] bytes) {}
