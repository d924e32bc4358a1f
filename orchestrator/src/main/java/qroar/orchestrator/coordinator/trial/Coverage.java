package qroar.orchestrator.coordinator.trial;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is under lease of a trial: portions of which no two meet, in the plan's order. Where a portion is at, and what nobody
 * holds, follows from these and from what is measured. Immutable.
 */
record Coverage(List<Portion> portions) {
    static final Coverage NONE = new Coverage(List.of());

    Coverage {
        portions = List.copyOf(portions);
    }

    boolean isEmpty() {
        return portions.isEmpty();
    }

    /** What a lease covers; null when it is over. */
    @Nullable Portion of(int attempt) {
        for (Portion portion : portions) {
            if (portion.attempt() == attempt) {
                return portion;
            }
        }
        return null;
    }

    /** The window that is measured next under a lease; after the last of its portion the end of that. */
    static int next(Portion portion, Evidence evidence) {
        return Math.min(portion.toWindow(), evidence.firstMissing(portion.firstWindow()));
    }

    /** The first window before a limit that is missing and under no lease, or -1. */
    int firstGap(int limit, Evidence evidence) {
        int window = evidence.firstMissing(0);
        for (Portion portion : portions) {
            if (portion.holds(window)) {
                window = evidence.firstMissing(portion.toWindow());
            }
        }
        return window < limit ? window : -1;
    }

    /** Where the gap that begins at a window ends: at what is measured, under lease, or at the end of all windows. */
    int gapEnd(int window, int windowCount, Evidence evidence) {
        int end = Math.min(windowCount, evidence.measuredAfter(window));
        for (Portion portion : portions) {
            end = portion.firstWindow() > window ? Math.min(end, portion.firstWindow()) : end;
        }
        return end;
    }

    /** Whether somebody holds some of these windows. */
    boolean meets(Portion portion) {
        return portions.stream().anyMatch(other -> meet(other, portion));
    }

    /** Who holds windows behind these too, or has measured some of these, and so cannot give them up; null where nobody does. */
    @Nullable Portion inTheWayOf(Portion portion, Evidence evidence) {
        for (Portion other : portions) {
            boolean behind = other.holds(portion.toWindow()) || next(other, evidence) > portion.firstWindow();
            if (behind && meet(other, portion)) {
                return other;
            }
        }
        return null;
    }

    private static boolean meet(Portion a, Portion b) {
        return a.firstWindow() < b.toWindow() && a.toWindow() > b.firstWindow();
    }

    /** With a portion that nothing is in the way of; who held its windows until now keeps those before it. */
    Coverage with(Portion portion) {
        List<Portion> all = new ArrayList<>();
        for (Portion other : portions) {
            all.add(meet(other, portion) ? other.curtailed(portion.firstWindow()) : other);
        }
        all.add(portion);
        all.sort(Comparator.comparingInt(Portion::firstWindow).thenComparingInt(Portion::attempt));
        return new Coverage(all);
    }

    Coverage without(Portion portion) {
        return new Coverage(portions.stream()
                .filter(other -> other.attempt() != portion.attempt())
                .toList());
    }
}
