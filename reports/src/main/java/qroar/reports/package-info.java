/** A finished or running search as one self-contained HTML file, CSV and JSON. */
@NullMarked
package qroar.reports;

import org.jspecify.annotations.NullMarked;
