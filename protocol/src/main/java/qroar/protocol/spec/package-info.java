/**
 * The one grammar of specs, {@code word:option=value,option=value}: how command line and experiment file name a rotary
 * scaling or a quantizer. Options are read by name and range; whatever is wrong ends as one line that names the option,
 * its value, the limit and, for a misspelt word, the nearest known one.
 */
@NullMarked
package qroar.protocol.spec;

import org.jspecify.annotations.NullMarked;
