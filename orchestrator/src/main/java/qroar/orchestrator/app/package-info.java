/**
 * The application: plans, runs and stops what the command line asks for, and is the only place that wires the modules
 * (workers, experiments, reports) to the coordinator. It takes records, never options, and knows nothing of a command line.
 */
@NullMarked
package qroar.orchestrator.app;

import org.jspecify.annotations.NullMarked;
