/**
 * What a study costs: forward tokens before anything is computed ({@link qroar.experiments.study.cost.StudyForecast}), those of
 * the exhaustive search that ours is compared with ({@link qroar.experiments.study.cost.ExhaustiveCost}), and what another
 * stopping rule would have read and decided ({@link qroar.experiments.study.cost.Replay}). Nothing here runs a model.
 */
@NullMarked
package qroar.experiments.study.cost;

import org.jspecify.annotations.NullMarked;
