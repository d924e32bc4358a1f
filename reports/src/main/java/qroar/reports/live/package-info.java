/**
 * A run at one moment: what it does, how far it is, who works on it. Pure values, from which a live page, a terminal's and
 * {@code progress.json} are made; nothing here knows how a run is carried out.
 */
@NullMarked
package qroar.reports.live;

import org.jspecify.annotations.NullMarked;
