package io.telltale.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.telltale.api.ApiDocument;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class AggregateFunctionTest {

    private final JsonNode document = ApiDocument.committed().tree();

    @Test
    void isDocumentedAsAValueOfItsParameter() {
        JsonNode values = document.at("/components/parameters/functions/schema/items/enum");
        assertThat(StreamSupport.stream(values.spliterator(), false).map(JsonNode::asText))
                .containsExactlyElementsOf(keys());
    }

    @Test
    void isDocumentedAsAMemberOfAWindow() {
        assertThat(document.at("/components/schemas/WindowFunctions/properties").fieldNames())
                .toIterable()
                .containsAll(keys());
    }

    @Test
    void isDescribedByItsOperation() {
        String description = document.at("/paths/~1api~1v1~1sensors~1{id}~1aggregates/get/description")
                .asText();
        assertThat(keys()).allSatisfy(key -> assertThat(description).contains("`" + key + "`"));
    }

    private static List<String> keys() {
        return Arrays.stream(AggregateFunction.values())
                .map(AggregateFunction::key)
                .toList();
    }
}
