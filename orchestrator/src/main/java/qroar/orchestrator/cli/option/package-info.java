/**
 * Options that several commands share, and the records of the application that they become.
 */
@NullMarked
package qroar.orchestrator.cli.option;

import org.jspecify.annotations.NullMarked;
