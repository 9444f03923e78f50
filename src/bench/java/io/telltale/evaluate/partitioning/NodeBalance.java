package io.telltale.evaluate.partitioning;

import java.util.Arrays;
import java.util.List;

/**
 * The writes of a time span by node, on a ring of three with a third of the tokens each and one copy of a row. With
 * three copies on three nodes, all nodes take all writes; the balance then is that of coordinators and larger rings.
 *
 * @param writes of each node
 */
public record NodeBalance(List<Double> writes) {

    /** Where the ranges of the nodes end. */
    private static final List<Long> TOKENS =
            List.of(Long.MIN_VALUE, -3_074_457_345_618_258_603L, 3_074_457_345_618_258_602L);

    public NodeBalance {
        writes = List.copyOf(writes);
    }

    /** Collects the writes of a time span. */
    public static final class Count {
        private final Double[] writes = new Double[TOKENS.size()];

        public Count() {
            Arrays.fill(writes, 0.0);
        }

        /** Adds writes to the partition that has this token. */
        public void add(long token, double readings) {
            writes[nodeOf(token)] += readings;
        }

        public NodeBalance balance() {
            return new NodeBalance(List.of(writes));
        }
    }

    /** The node whose range ends at or after the token; the ring closes after the last. */
    static int nodeOf(long token) {
        for (int i = 0; i < TOKENS.size(); i++) {
            if (token <= TOKENS.get(i)) {
                return i;
            }
        }
        return 0;
    }

    /**
     * The writes of the busiest node as a multiple of an equal share: from 1, which is perfect, to the number of nodes.
     */
    public double skew() {
        double all = writes.stream().mapToDouble(Double::doubleValue).sum();
        double most = writes.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return most * writes.size() / all;
    }
}
