/**
 * What every command says in the same way: exit codes, JSON, columns, notes, the version. Knows no other room of the program.
 */
@NullMarked
package qroar.orchestrator.console;

import org.jspecify.annotations.NullMarked;
