/**
 * What to run and how to decide: experiment files become validated definitions, definitions become studies, and a study
 * is searched by pure state machines (strategies, search windows, stopping rules) that know nothing of actors.
 */
@NullMarked
package qroar.experiments;

import org.jspecify.annotations.NullMarked;
