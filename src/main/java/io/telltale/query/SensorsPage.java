package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of sensors.
 *
 * @param sensors as many as the limit, except on the last page
 * @param next the cursor of the next page; absent on the last
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SensorsPage(
        List<SensorView> sensors, @Nullable String next) {}
