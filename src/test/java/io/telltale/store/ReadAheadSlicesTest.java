package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import io.smallrye.mutiny.Uni;
import io.telltale.sensors.SensorType;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReadAheadSlicesTest {

    private static final SensorType TYPE = new SensorType("slices");
    private static final int ROWS_PER_PAGE = 10;
    private static final int PAGES_PER_SLICE = 5;

    private final List<String> requests = new ArrayList<>();

    @Test
    void stopsWithinASliceWhenNoMoreRowsAreWanted() {
        assertThat(rowsOf(2, 25)).isEqualTo(30);
        assertThat(requests).containsExactly("slice 0", "slice 0 from 10", "slice 0 from 20");
    }

    @Test
    void readsAllSlicesToTheirEnds() {
        assertThat(rowsOf(2, 1_000)).isEqualTo(2 * ROWS_PER_PAGE * PAGES_PER_SLICE);
        assertThat(requests).hasSize(2 * PAGES_PER_SLICE);
    }

    private int rowsOf(int slices, long limit) {
        List<ReadingPartition> partitions = new ArrayList<>();
        for (int i = 0; i < slices; i++) {
            partitions.add(new ReadingPartition(TYPE, i, 0));
        }
        AtomicLong wanted = new AtomicLong(limit);
        return new ReadAheadSlices(
                        partitions,
                        partition -> page("slice " + partition.shard(), 0),
                        last -> page(
                                last.toString().replaceFirst(" from.*", ""),
                                Integer.parseInt(last.toString().replaceFirst("(.* from )|(slice .*)", "0"))
                                        + ROWS_PER_PAGE),
                        wanted::get,
                        new PageSize(TYPE, new PageSize.RowSizes()))
                        .pages()
                        .map(AsyncResultSet::remaining)
                        .invoke(rows -> wanted.addAndGet(-rows))
                        .collect()
                        .asList()
                        .await()
                        .atMost(Duration.ofSeconds(10))
                        .stream()
                        .mapToInt(Integer::intValue)
                        .sum();
    }

    private Uni<AsyncResultSet> page(String slice, int from) {
        String name = from == 0 ? slice : slice + " from " + from;
        requests.add(name);
        return Uni.createFrom().item((AsyncResultSet) Proxy.newProxyInstance(
                AsyncResultSet.class.getClassLoader(),
                new Class<?>[] {AsyncResultSet.class},
                (page, method, arguments) -> switch (method.getName()) {
                    case "toString" -> name;
                    case "remaining" -> ROWS_PER_PAGE;
                    case "hasMorePages" -> from < (PAGES_PER_SLICE - 1) * ROWS_PER_PAGE;
                    default -> throw new UnsupportedOperationException(method.getName());
                }));
    }
}
