package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.attribution.Shares;

/**
 * The held-out gain in shares: what one scale for all bands gains, and what bands gain beyond it. The two add up.
 *
 * @param commonScale of all bands; 1 where none gained
 * @param common what it gains
 * @param bands what the tuned scales gain beyond it
 * @param sentence all of this in words
 */
public record ShareFigures(double commonScale, Share common, Share bands, String sentence) {
    /** Whether most of the gain is one temperature. */
    @JsonIgnore
    public boolean isMostlyCommon() {
        return common.ofAll() != null
                && common.ofAll() > Shares.MOST
                && common.gain().isPositive();
    }

    /**
     * One share.
     *
     * @param gain fall of ln J
     * @param ofAll gain over the whole gain, 1 being all of it; null where that cannot be told from zero
     * @param ofAllLow lower end of its interval
     * @param ofAllHigh upper end of its interval
     * @param repairedGain gain less that of the same scales without quantization: what is repaired of the quantization
     */
    public record Share(
            Interval gain,
            @Nullable Double ofAll,
            @Nullable Double ofAllLow,
            @Nullable Double ofAllHigh,
            Interval repairedGain) {
        static Share of(Shares.Share share) {
            return new Share(
                    share.gain(),
                    Known.finite(share.ofAll().estimate()),
                    Known.finite(share.ofAll().lower()),
                    Known.finite(share.ofAll().upper()),
                    share.repaired());
        }
    }

    static ShareFigures of(Shares shares) {
        return new ShareFigures(
                shares.commonScale(), Share.of(shares.common()), Share.of(shares.bands()), shares.sentence());
    }
}
