package qroar.orchestrator.journal.codec;

/** Something that happened and is written down as it is: a record registered in an {@link EventCatalog}. */
public interface JournalEvent {}
