package io.telltale.evaluate.partitioning;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import io.telltale.evaluate.partitioning.Scheme.Place;
import io.telltale.sensors.SensorId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Reads a range of one sensor slice by slice, in order, with the first pages of the next slices requested ahead. Counts
 * the readings and drops them.
 *
 * @param pageRows rows per page
 * @param ahead how many slices are requested at once; 1 is sequential
 */
public record SliceReader(SchemeTable table, int pageRows, int ahead) {

    /** Reads every partition that the range touches. */
    public long read(SensorId sensorId, long fromMillis, long toMillis) {
        return read(table.scheme().places(sensorId, fromMillis, toMillis), sensorId, fromMillis, toMillis);
    }

    /** Reads these partitions only. */
    public long read(List<Place> places, SensorId sensorId, long fromMillis, long toMillis) {
        Iterator<Place> rest = places.iterator();
        Deque<CompletableFuture<AsyncResultSet>> inFlight = new ArrayDeque<>();
        long readings = 0;
        while (rest.hasNext() || !inFlight.isEmpty()) {
            while (inFlight.size() < ahead && rest.hasNext()) {
                inFlight.add(table.session()
                        .executeAsync(table.read(rest.next(), sensorId, fromMillis, toMillis)
                                .setPageSize(pageRows))
                        .toCompletableFuture());
            }
            readings += count(inFlight.remove().join());
        }
        return readings;
    }

    private static long count(AsyncResultSet first) {
        long readings = 0;
        for (AsyncResultSet page = first;
                ;
                page = page.fetchNextPage().toCompletableFuture().join()) {
            for (Row row : page.currentPage()) {
                readings += row.getBytesUnsafe(1) == null ? 0 : 1;
            }
            if (!page.hasMorePages()) {
                return readings;
            }
        }
    }
}
