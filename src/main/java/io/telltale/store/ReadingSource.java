package io.telltale.store;

import io.smallrye.mutiny.Multi;
import java.util.List;

/** Where readings come from that partitions hold. All such sources give the same readings; they differ in cost. */
interface ReadingSource {

    /**
     * The readings of a range that some partitions hold, in the order of the range, page by page on demand. At least
     * as many as are still wanted when a page is requested, if there are; {@link RangeReader} leaves out what exceeds
     * them. Without deleted and expired readings. No page is empty.
     *
     * @param partitions of the range's sensor, in the order of the range; all that may hold readings between their ends
     */
    Multi<ReadingPage> readings(List<ReadingPartition> partitions, RangeRead read);
}
