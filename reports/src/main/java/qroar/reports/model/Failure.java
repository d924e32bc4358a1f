package qroar.reports.model;

import org.jspecify.annotations.Nullable;

/**
 * Something that was given up.
 *
 * @param study id of the study, or null where it is not one study's
 * @param trial label of the trial, or null where it is not one trial's
 * @param attempts how often it was tried
 * @param cause in words
 */
public record Failure(@Nullable String study, @Nullable String trial, int attempts, String cause) {}
