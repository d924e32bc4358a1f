package qroar.reports.model;

import org.jspecify.annotations.Nullable;
import qroar.experiments.trial.Setting;
import qroar.reports.model.needle.NeedleScores;

/**
 * Score of one model variant in one task, multiple choice or needles.
 *
 * @param task {@code arc_easy}, {@code hellaswag}, ...
 * @param shots examples in the prompt
 * @param variant which of the four models
 * @param questions number of questions
 * @param accuracy share answered correctly by log-likelihood, 0..1; of needles the share of exact matches
 * @param standardError of the accuracy
 * @param normalisedAccuracy by log-likelihood per byte of the answer; null where the task has none
 * @param normalisedStandardError of that
 * @param needles by depth and length; null for multiple choice
 */
public record TaskScore(
        String task,
        int shots,
        Setting variant,
        int questions,
        double accuracy,
        double standardError,
        @Nullable Double normalisedAccuracy,
        @Nullable Double normalisedStandardError,
        @Nullable NeedleScores needles) {}
