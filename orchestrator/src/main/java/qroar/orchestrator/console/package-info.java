/** What every command says in the same way: exit codes, JSON, columns, the version. Knows no other package of ours. */
@NullMarked
package qroar.orchestrator.console;

import org.jspecify.annotations.NullMarked;
