/**
 * Benchmarks of what the product promises. {@link qroar.orchestrator.app.bench.SearchBench} runs the exhaustive search
 * that ours is compared with and ours, and counts the tokens of both as they go through the model.
 * {@link qroar.orchestrator.app.bench.OrchestrationBench} runs the real coordinator, journal, cache and worker actors with
 * trials that compute nothing, so that whatever it measures is the price of orchestration. {@link
 * qroar.orchestrator.app.bench.ForwardBench} times passes of a model's shape, and {@link
 * qroar.orchestrator.app.bench.RuleSimulation} races stopping rules.
 */
@NullMarked
package qroar.orchestrator.app.bench;

import org.jspecify.annotations.NullMarked;
