/**
 * The pictures of a report, one class each, drawn from the records of {@code model} onto the axes of {@code plot}. A
 * picture without anything to show is null, and the page says so in words.
 */
@NullMarked
package qroar.reports.figure;

import org.jspecify.annotations.NullMarked;
