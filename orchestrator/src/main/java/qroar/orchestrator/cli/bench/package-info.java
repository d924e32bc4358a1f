/**
 * Commands that measure this program itself.
 */
@NullMarked
package qroar.orchestrator.cli.bench;

import org.jspecify.annotations.NullMarked;
