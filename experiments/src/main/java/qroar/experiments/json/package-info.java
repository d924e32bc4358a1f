/**
 * JSON that others read. What commands print and what runs leave behind is written through here, so that a number which is none
 * looks the same everywhere; it lies below both, in the lowest module that knows JSON.
 */
@NullMarked
package qroar.experiments.json;

import org.jspecify.annotations.NullMarked;
