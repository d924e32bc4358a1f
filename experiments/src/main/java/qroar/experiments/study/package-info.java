/**
 * One point of a sweep as a pure state machine: {@link qroar.experiments.study.Study} says what is searched,
 * {@link qroar.experiments.study.StudyProgress} says which trials are wanted next and folds their results. Nothing here
 * knows of time, actors or disks, so replaying the results replays the decisions.
 */
@NullMarked
package qroar.experiments.study;

import org.jspecify.annotations.NullMarked;
