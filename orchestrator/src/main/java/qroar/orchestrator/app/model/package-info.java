/**
 * One model and what is put to it: the checkpoint, its device and memory, band scales, texts and calibration, as settings
 * that a person chose and as what they lead to.
 */
@NullMarked
package qroar.orchestrator.app.model;

import org.jspecify.annotations.NullMarked;
