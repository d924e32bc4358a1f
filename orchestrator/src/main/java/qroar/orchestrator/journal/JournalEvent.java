package qroar.orchestrator.journal;

/** Something that happened and is written down as it is: a record registered in an {@link EventCatalog}. */
public interface JournalEvent {}
