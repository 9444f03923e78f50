package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.Consistency;
import io.telltale.api.Order;
import io.telltale.sensors.Description;
import io.telltale.sensors.Sensor;
import io.telltale.sensors.SensorId;
import io.telltale.sensors.SensorType;
import io.telltale.store.Layout.Version;
import io.telltale.store.RecentPacks.OfSpan;
import io.telltale.store.RecentReadings.Place;
import io.telltale.store.RecentReadings.Slice;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Cuts ranges into slices, and checks that they have all buckets and packs. */
class RecentSlicesTest {

    private static final SensorType TYPE = new SensorType("slices");
    private static final Sensor SENSOR = new Sensor(new SensorId("a"), TYPE, Description.NONE);
    private static final long QUARTER = Duration.ofMinutes(15).toMillis();
    private static final long DAY = Duration.ofDays(1).toMillis();

    /** The start of a week. */
    private static final long START =
            Layout.weekStart(Instant.parse("2026-01-31T06:00:00Z").toEpochMilli());

    private static final List<Layout> LAYOUTS = List.of(
            new Layout(TYPE, List.of(new Version(1, Version.SINCE_EVER_MILLIS, 64, QUARTER))),
            new Layout(
                    TYPE,
                    List.of(
                            new Version(1, Version.SINCE_EVER_MILLIS, 64, 4 * QUARTER),
                            new Version(2, START + 7 * DAY, 4, DAY),
                            new Version(3, START + 17 * DAY, 64, QUARTER))),
            new Layout(TYPE, List.of(new Version(1, Version.SINCE_EVER_MILLIS, 1, 7 * DAY))));

    private final RecentReadings recent =
            new RecentReadings(PackingFixture.disconnected(), new History(PackingFixture.disconnected()));

    private final Random random = new Random(93);
    private Layout layout = LAYOUTS.get(0);
    private Set<Long> buckets = Set.of();
    private Set<Span> spans = Set.of();

    private static RangeRead read(long from, long to, Order order) {
        return new RangeRead(
                SENSOR,
                from,
                to,
                order,
                Consistency.DEFAULT,
                List.of(),
                true,
                new RangeRead.Remaining(10),
                new PageSize(TYPE, new PageSize.RowSizes()));
    }

    /** Random buckets with entries and spans with packs within a month. */
    private void fill() {
        layout = LAYOUTS.get(random.nextInt(LAYOUTS.size()));
        buckets = new TreeSet<>(random.longs(random.nextInt(300), START, START + 30 * DAY)
                .map(millis -> layout.partitionOf(SENSOR.id(), millis).bucketStartMillis())
                .boxed()
                .toList());
        spans = new TreeSet<>(Comparator.comparingLong(Span::startMillis));
        random.longs(random.nextInt(120), START, START + 30 * DAY)
                .mapToObj(millis -> Span.of(layout.partitionOf(SENSOR.id(), millis)))
                .forEach(spans::add);
    }

    /** As the two statements of a shard do, with their limits. */
    private Slice slice(RangeRead read) {
        boolean isAscending = read.order() == Order.ASC;
        long from = layout.partitionOf(SENSOR.id(), read.fromMillis()).bucketStartMillis();
        Comparator<Long> inOrder = isAscending ? Comparator.naturalOrder() : Comparator.reverseOrder();
        return recent.slice(
                layout,
                read,
                true,
                buckets.stream()
                        .filter(start -> start >= from && start < read.toMillis())
                        .sorted(inOrder)
                        .limit(RecentReadings.SLICE_BUCKETS + 1L)
                        .toList(),
                spans.stream()
                        .filter(span ->
                                span.startMillis() >= Span.startOf(from) && span.startMillis() < read.toMillis())
                        .sorted(Comparator.comparing(Span::startMillis, inOrder))
                        .limit(RecentReadings.SLICE_SPANS + 1L)
                        .map(span -> new OfSpan(span, List.of(new SpanPack(UUID.randomUUID(), Set.of(), 1))))
                        .toList());
    }

    private List<Slice> slices(RangeRead read) {
        List<Slice> slices = new ArrayList<>();
        RangeRead rest = read;
        boolean isLast = false;
        while (!isLast && rest.fromMillis() < rest.toMillis()) {
            Slice slice = slice(rest);
            slices.add(slice);
            assertThat(slices).as("slices of %s", read).hasSizeLessThan(20);
            isLast = slice.isLast();
            rest = rest.behind(slice.range());
        }
        return slices;
    }

    @Test
    void eachReadingIsInTheSliceOfItsTime() {
        boolean hasManySlices = false;
        for (int round = 0; round < 600; round++) {
            fill();
            long from = START + random.nextLong(29 * DAY);
            Order order = random.nextBoolean() ? Order.ASC : Order.DESC;
            RangeRead read = read(from, from + random.nextLong(2) * DAY + random.nextLong(30 * DAY), order);
            List<Slice> slices = slices(read);
            hasManySlices |= slices.size() > 3;
            Stream.concat(buckets.stream(), spans.stream().map(Span::startMillis))
                    .flatMap(start -> Stream.of(start - 1, start, start + 1, start + QUARTER, read.toMillis() - 1))
                    .filter(millis -> millis >= read.fromMillis() && millis < read.toMillis())
                    .forEach(millis -> check(millis, slices, read));
        }
        assertThat(hasManySlices).isTrue();
    }

    private void check(long millis, List<Slice> slices, RangeRead read) {
        List<Slice> of = slices.stream()
                .filter(slice -> millis >= slice.range().fromMillis()
                        && millis < slice.range().toMillis())
                .toList();
        assertThat(of).as("slices of %d in %s", millis, read).hasSize(1);
        ReadingPartition bucket = layout.partitionOf(SENSOR.id(), millis);
        List<Place> places = of.get(0).places().stream()
                .filter(place -> place.startMillis() <= millis && place.endMillis() > millis)
                .toList();
        long start = bucket.bucketStartMillis();
        if (buckets.contains(start)) {
            long end = start + layout.versionAt(start).bucketMillis();
            assertThat(places)
                    .as("bucket of %d in %s", millis, read)
                    .anyMatch(place -> place.startMillis() == start && place.endMillis() == end);
        }
        if (spans.contains(Span.of(bucket))) {
            Span span = Span.of(bucket);
            assertThat(places)
                    .as("span of %d in %s", millis, read)
                    .anyMatch(place -> place.startMillis() == span.startMillis()
                            && place.endMillis() == span.lastEndMillis(layout));
        }
    }

    @Test
    void aSliceHasFewBucketsAndFewSpans() {
        buckets = LongStream.range(0, 300).mapToObj(i -> START + i * QUARTER).collect(Collectors.toSet());
        spans = LongStream.range(20, 120)
                .mapToObj(i -> new Span(TYPE, 0, START + i * Span.MILLIS))
                .collect(Collectors.toSet());
        for (Order order : Order.values()) {
            List<Slice> slices = slices(read(START, START + 31 * DAY, order));
            assertThat(slices)
                    .extracting(slice -> places(slice, QUARTER))
                    .allMatch(count -> count <= RecentReadings.SLICE_BUCKETS)
                    .contains(RecentReadings.SLICE_BUCKETS);
            assertThat(slices)
                    .extracting(slice -> places(slice, Span.MILLIS))
                    .allMatch(count -> count <= RecentReadings.SLICE_SPANS)
                    .contains(RecentReadings.SLICE_SPANS);
        }
    }

    private static int places(Slice slice, long lengthMillis) {
        return (int) slice.places().stream()
                .filter(place -> place.endMillis() - place.startMillis() == lengthMillis)
                .count();
    }

    @Test
    void placesAreInTheOrderOfTheRange() {
        for (int round = 0; round < 300; round++) {
            fill();
            for (Order order : Order.values()) {
                for (Slice slice : slices(read(START - DAY, START + 31 * DAY, order))) {
                    assertThat(slice.places())
                            .isSortedAccordingTo(
                                    order == Order.ASC
                                            ? Comparator.comparingLong(Place::startMillis)
                                            : Comparator.comparingLong(Place::endMillis)
                                                    .reversed());
                }
            }
        }
    }

    /** The newest readings are not in packs where newer buckets exist. */
    @Test
    void theBucketsOfTodayComeBeforeThePacksOfYesterday() {
        buckets = Set.of(START + DAY, START + DAY + QUARTER);
        spans = Set.of(new Span(TYPE, 0, START + DAY - Span.MILLIS));
        assertThat(slice(read(START, START + 2 * DAY, Order.DESC)).places())
                .extracting(Place::endMillis)
                .containsExactly(START + DAY + 2 * QUARTER, START + DAY + QUARTER, START + DAY);
    }
}
