package io.telltale.store;

import io.smallrye.mutiny.Multi;
import java.util.List;

/** Where readings come from. All sources give the same readings; they differ in cost. */
interface ReadingSource {

    /**
     * The readings of a range that some partitions hold, in the order of the range, page by page on demand, and no more
     * than are still wanted. Without deleted and expired readings. No list is empty.
     *
     * @param partitions of the range's sensor, in the order of the range; all that may hold readings between their ends
     */
    Multi<List<StoredReading>> readings(List<ReadingPartition> partitions, RangeRead read);
}
