/**
 * What a run will take, before anything is loaded: its studies and their trials, the tokens that go through models, how these
 * fit into the memory of devices that are here or that one thinks of, the time, and every warning that the run would give.
 */
@NullMarked
package qroar.orchestrator.app.plan;

import org.jspecify.annotations.NullMarked;
