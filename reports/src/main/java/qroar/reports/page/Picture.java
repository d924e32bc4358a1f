package qroar.reports.page;

import gg.jte.Content;
import gg.jte.TemplateOutput;
import org.jspecify.annotations.Nullable;

/**
 * Markup that is escaped already.
 *
 * @param markup one {@code svg} element
 */
public record Picture(String markup) implements Content {
    static @Nullable Picture of(@Nullable String markup) {
        return markup == null ? null : new Picture(markup);
    }

    @Override
    public void writeTo(TemplateOutput output) {
        output.writeContent(markup);
    }
}
