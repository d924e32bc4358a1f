/**
 * What is measured of one model outside a run: perplexity, multiple-choice accuracy, and what happens to its bands; with the
 * figures as people and programs read them.
 */
@NullMarked
package qroar.orchestrator.app.measurement;

import org.jspecify.annotations.NullMarked;
