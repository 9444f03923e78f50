package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of sensors.
 *
 * @param sensors the sensors; as many as were asked for, unless the page is the last
 * @param next the cursor of the next page; absent on the last
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SensorsPage(
        List<SensorView> sensors, @Nullable String next) {}
