/** What is measured of one model outside a run: perplexity, multiple-choice accuracy, and what happens to its bands. */
@NullMarked
package qroar.orchestrator.app.measurement;

import org.jspecify.annotations.NullMarked;
