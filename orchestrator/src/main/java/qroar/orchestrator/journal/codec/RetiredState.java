package qroar.orchestrator.journal.codec;

/**
 * A snapshot in a form that is not read any more: all that was in it is in the events before it, none of which is ever
 * deleted, so it is passed over.
 */
public record RetiredState(String manifest) implements JournalState {}
