/**
 * What this machine offers and what keeps the program from using it; whether a device computes what it should, and how fast.
 */
@NullMarked
package qroar.orchestrator.app.doctor;

import org.jspecify.annotations.NullMarked;
