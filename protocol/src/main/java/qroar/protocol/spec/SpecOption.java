package qroar.protocol.spec;

import org.jspecify.annotations.Nullable;

/**
 * One option of a form.
 *
 * @param name as it is written
 * @param range its values
 * @param presence whether it may be left out
 * @param example a value for help texts; that of a stated option is its default
 * @param otherwise what it means when it is left out; null where it must be given
 */
public record SpecOption(
        String name,
        SpecRange range,
        Presence presence,
        String example,
        @Nullable String otherwise) {
    /** Whether an option may be left out. */
    public enum Presence {
        REQUIRED,
        /** May be left out by who writes a spec, and is always there in canonical text. */
        STATED,
        /** Left out in canonical text where it says nothing new. */
        OPTIONAL
    }

    public static SpecOption required(String name, SpecRange range, String example) {
        return new SpecOption(name, range, Presence.REQUIRED, example, null);
    }

    public static SpecOption stated(String name, SpecRange range, String otherwise) {
        return new SpecOption(name, range, Presence.STATED, otherwise, otherwise);
    }

    /** @param otherwise a value of the range that it has when it is left out */
    public static SpecOption optional(String name, SpecRange range, String otherwise) {
        return new SpecOption(name, range, Presence.OPTIONAL, otherwise, otherwise);
    }

    /** @param otherwise in words, where no value of the range says what its absence means */
    public static SpecOption elective(String name, SpecRange range, String example, String otherwise) {
        return new SpecOption(name, range, Presence.OPTIONAL, example, otherwise);
    }
}
