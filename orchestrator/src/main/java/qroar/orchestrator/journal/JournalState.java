package qroar.orchestrator.journal;

/** A state that is stored as a snapshot: a record registered in an {@link EventCatalog}. */
public interface JournalState {}
