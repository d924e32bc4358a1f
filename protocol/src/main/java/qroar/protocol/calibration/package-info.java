/**
 * Which tokens of the calibration documents a quantizer sees: decided from the documents' lengths alone, without chance, so
 * that a plan can tell it before a text is cut and every machine cuts alike.
 */
@NullMarked
package qroar.protocol.calibration;

import org.jspecify.annotations.NullMarked;
