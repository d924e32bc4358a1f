/**
 * What a report shows, as immutable values and nothing else: no layout, no files. {@link qroar.reports.model.RunReport}
 * is the root. It is made from studies and their outcomes in one step, or read back from {@code result.json}: a page is the
 * same either way, and a run can be compared without its experiment. A value that a running search does not have yet is null and is shown as such; a value that was measured
 * and came out as NaN is NaN. {@code result.json} is these records, field by field, so renaming a component changes a
 * published format (docs/result-json.md).
 *
 * <p>Gains are falls of ln PPL or ln J in nats: positive is better.
 */
@NullMarked
package qroar.reports.model;

import org.jspecify.annotations.NullMarked;
