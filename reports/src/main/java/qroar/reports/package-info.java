/**
 * A finished or running search as one self-contained HTML file, CSV and JSON. {@link qroar.reports.ReportWriter} is the
 * door: it takes the records of {@code model}, which are made from studies and outcomes of {@code experiments}, draws them ({@code figure}, on the marks and axes of {@code plot}), lays
 * them out ({@code page}, with the templates of {@code src/main/jte}) and writes each file so that a reader sees the old
 * one or the new one and nothing between.
 *
 * <p>A page needs nothing beyond itself: no script, no font, no image, and a content security policy that would refuse
 * them. Text that came from a user is escaped by its context: in HTML by the template compiler, in SVG by {@code Svg}.
 */
@NullMarked
package qroar.reports;

import org.jspecify.annotations.NullMarked;
