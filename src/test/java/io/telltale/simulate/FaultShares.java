package io.telltale.simulate;

/**
 * Which share of the readings meets which fault; a reading meets at most one.
 *
 * @param late its timestamp is minutes to hours old
 * @param duplicate the same record is sent a second time, a little later
 * @param corrected another value for the same sensor and millisecond follows, a little later
 * @param outOfOrder it is held back, so that younger readings of its sensor overtake it
 * @param malformed a record stands in its place that belongs in the dead letters
 */
public record FaultShares(double late, double duplicate, double corrected, double outOfOrder, double malformed) {

    /** A fleet without faults. */
    public static final FaultShares NONE = new FaultShares(0, 0, 0, 0, 0);

    /** A fleet as one meets it: mostly well, never quite. */
    public static final FaultShares TYPICAL = new FaultShares(0.01, 0.01, 0.002, 0.01, 0.001);

    /** Decimal shares such as 0.1 and 0.9 do not add up to 1 exactly. */
    private static final double ROUNDING = 1e-9;

    public FaultShares {
        requireShare("late", late);
        requireShare("duplicate", duplicate);
        requireShare("corrected", corrected);
        requireShare("outOfOrder", outOfOrder);
        requireShare("malformed", malformed);
        double sum = late + duplicate + corrected + outOfOrder + malformed;
        if (sum > 1 + ROUNDING) {
            throw new IllegalArgumentException(
                    "fault shares add up to %s; expected at most 1, since a reading meets at most one".formatted(sum));
        }
    }

    private static void requireShare(String field, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("%s is %s; expected a share from 0 to 1".formatted(field, share));
        }
    }
}
