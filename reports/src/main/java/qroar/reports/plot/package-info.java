/**
 * Marks, axes and labels for static SVG. {@link qroar.reports.plot.Svg} is the only place that writes markup: it escapes
 * text, refuses coordinates that are not numbers and names the picture for those who cannot see it. Colours are given
 * twice, as attributes (so that a picture copied out of the page stands alone) and as classes (so that the page's style
 * sheet can turn them for a dark screen). What colour tells, shape or dashes tell as well.
 */
@NullMarked
package qroar.reports.plot;

import org.jspecify.annotations.NullMarked;
