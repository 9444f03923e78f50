package io.telltale.query;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of the values that a filter can have.
 *
 * @param values as many as the limit, except on the last page; sorted by their bytes in UTF-8
 * @param next the cursor of the next page; absent on the last
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ValuesPage(List<String> values, @Nullable String next) {}
