package io.telltale.evaluate;

import io.telltale.evaluate.consistency.ConsistencyChapter;
import io.telltale.evaluate.partitioning.PartitioningChapter;
import io.telltale.evaluate.queries.QueriesChapter;
import io.telltale.evaluate.replication.ReplicationChapter;
import io.telltale.evaluate.streaming.StreamingChapter;
import java.util.List;

/** All chapters, in the order of the report. */
final class Chapters {

    private Chapters() {}

    static List<Chapter> all() {
        return List.of(
                new PartitioningChapter(),
                new ReplicationChapter(),
                new StreamingChapter(),
                new ConsistencyChapter(),
                new QueriesChapter());
    }
}
