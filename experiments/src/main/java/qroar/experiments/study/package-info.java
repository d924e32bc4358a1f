/**
 * One point of a sweep as a pure state machine. {@link qroar.experiments.study.Study} says what is searched;
 * {@link qroar.experiments.study.StudyProgress} says which trials are wanted next and takes their results: first those of
 * {@code StudyTrials}, which {@code DiagnosisFold} turns into what is known of the bands, then {@code StudySearch} round by
 * round ({@code RoundState}), then the chosen scales and what they are compared with. {@code OutcomeFold} and the folds it
 * calls make of any moment of it what a report needs ({@link qroar.experiments.study.StudyOutcome}). Nothing here knows of
 * time, actors or disks, so replaying the results replays the decisions. What it all costs is {@code study.cost}.
 */
@NullMarked
package qroar.experiments.study;

import org.jspecify.annotations.NullMarked;
