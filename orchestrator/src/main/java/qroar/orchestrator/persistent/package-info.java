/**
 * Collections that give a changed copy and stay as they were, for states that are kept while the next one is made. The
 * state of a run is a fold over its events, hundreds of thousands of them when a run is taken up again: with balanced
 * binary trees (pcollections' {@code TreePVector} and {@code HashTreePMap}) most of that time went into rebalancing them.
 * These are tries of 32 branches, after Bagwell's hash array mapped tries and Clojure's vectors: at a million elements four
 * nodes are copied. A run's small collections, whose order shows in results, stay with pcollections, which sorts numbers.
 */
@NullMarked
package qroar.orchestrator.persistent;

import org.jspecify.annotations.NullMarked;
