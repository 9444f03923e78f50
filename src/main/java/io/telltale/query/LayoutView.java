package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.telltale.sensors.Rfc3339;
import io.telltale.store.Layout;
import io.telltale.store.Layout.Version;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The layout of a type, as the API shows it. */
public record LayoutView(String type, List<LayoutVersion> versions) {

    /**
     * One version.
     *
     * @param version counted from 1
     * @param validFrom the first event time that it applies to; absent for the first version
     * @param shards the number of partitions of one bucket
     * @param bucket the length of a bucket, ISO 8601
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record LayoutVersion(int version, @Nullable String validFrom, int shards, String bucket) {}

    static LayoutView of(Layout layout) {
        return new LayoutView(
                layout.type().name(),
                layout.versions().stream().map(LayoutView::version).toList());
    }

    private static LayoutVersion version(Version version) {
        return new LayoutVersion(
                version.number(),
                version.validFromMillis() == Version.SINCE_EVER_MILLIS
                        ? null
                        : Rfc3339.format(version.validFromMillis()),
                version.shards(),
                Duration.ofMillis(version.bucketMillis()).toString());
    }
}
