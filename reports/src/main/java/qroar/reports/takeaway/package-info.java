/**
 * What a person takes away from a run besides its page: figures and tables as files of their own ({@code PageParts}), and the
 * run in the forms of two trackers of experiments, each written by hand, for both are small: event files of TensorBoard and
 * the file store of MLflow. All of it follows from the report, so it can be made from {@code result.json} at any time.
 */
@NullMarked
package qroar.reports.takeaway;

import org.jspecify.annotations.NullMarked;
