/**
 * Figures of a living process for a monitoring system: families of samples ({@link
 * qroar.orchestrator.metrics.MetricFamily}) in the Prometheus text format, served read-only over plain HTTP (see
 * {@code http}). Values are taken at the moment of asking; nothing is registered, sampled or kept.
 *
 * <p>Written here instead of taking a client library: those keep counters of their own, while everything told here is
 * counted already, most of it in the journal.
 */
@NullMarked
package qroar.orchestrator.metrics;

import org.jspecify.annotations.NullMarked;
