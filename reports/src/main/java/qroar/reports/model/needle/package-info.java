/** What models found of needles in haystacks, by depth and length, as a report has it. */
@NullMarked
package qroar.reports.model.needle;

import org.jspecify.annotations.NullMarked;
