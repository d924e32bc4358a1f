/**
 * What a run lets be read of itself over HTTP, by the JDK's own server: one place to listen at, bounds on whoever connects, and
 * answers that cannot change anything. Figures ({@code metrics}) and the live page stand on it.
 */
@NullMarked
package qroar.orchestrator.http;

import org.jspecify.annotations.NullMarked;
