package qroar.experiments.search;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nothing is searched: the model is evaluated as it is, quantized and not. */
record NoSearch(Incumbent incumbent) implements SearchStrategy {
    static final StrategyForm FORM = new StrategyForm(
            NoSearch.class,
            "none",
            "nothing; the model is evaluated on the held-out documents as it is, quantized and not, which is how one file"
                    + " gives a table of quantizers and RoPE scalings",
            1,
            StrategyForm.ANY,
            beginning -> new NoSearch(beginning.baseline()));

    @Override
    public @Nullable Round round() {
        return null;
    }

    @Override
    public SearchStrategy advance(List<Incumbent> evaluated) {
        throw new IllegalStateException("the search is over");
    }
}
