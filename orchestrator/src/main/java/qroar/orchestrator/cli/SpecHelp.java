package qroar.orchestrator.cli;

import java.util.ListResourceBundle;
import qroar.protocol.rope.RopeScalingSpec;

/** What help texts say of specs, made from their forms: {@code ${bundle:KEY}} in a description. */
final class SpecHelp extends ListResourceBundle {
    @Override
    protected Object[][] getContents() {
        return new Object[][] {{"rope-forms", RopeScalingSpec.FORMS.synopsis()}};
    }
}
