/**
 * The pages: what is on them and in which order. A page object holds what its template shows, prepared so far that the
 * template only places it; pictures come as finished markup, texts as texts, and the template compiler escapes texts by
 * their context. The style sheet lies in the page, and the page's content security policy admits exactly it, by its
 * digest, and nothing else.
 *
 * <p>A page has to open quickly after any sweep: only the most telling studies are shown in full ({@code ReportPage}), the
 * others by their row in the tables; {@code result.json} has everything.
 */
@NullMarked
package qroar.reports.page;

import org.jspecify.annotations.NullMarked;
