package qroar.orchestrator.journal.codec;

/** A state that is stored as a snapshot: a record registered in an {@link EventCatalog}. */
public interface JournalState {}
