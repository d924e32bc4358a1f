/** What a gain is worth and what it repairs: paired differences with intervals, control beside quantized. */
@NullMarked
package qroar.experiments.attribution;

import org.jspecify.annotations.NullMarked;
