/**
 * Commands about one model: measure, diagnose, quantize, export and rescale it, and look at devices and rotary tables.
 */
@NullMarked
package qroar.orchestrator.cli.model;

import org.jspecify.annotations.NullMarked;
