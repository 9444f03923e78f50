package io.telltale.ingest;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What became of a POST.
 *
 * @param accepted how many readings Kafka has now
 * @param rejected the others, in order, the first thousand of them
 * @param unlisted how many were rejected beyond those; left out where it is 0
 */
@Schema(
        name = "PostResult",
        requiredProperties = {"accepted", "rejected"})
public record PostResult(
        @Schema(description = "How many readings Kafka has now.")
        int accepted,

        @Schema(description = "The others, in order, the first 1000 of them.")
        List<Refusal> rejected,

        @Schema(description = "How many were rejected beyond those; left out where it is 0.")
        @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        int unlisted) {

    /**
     * A reading that was not taken.
     *
     * @param index its place among the readings of the body, from 0; blank lines do not count
     * @param reason a dead-letter code
     * @param detail what is wrong: the field, its value and what was expected
     */
    @Schema(
            name = "Refusal",
            requiredProperties = {"index", "reason", "detail"})
    public record Refusal(
            @Schema(description = "Its place among the readings of the body, from 0; blank lines do not count.")
            int index,

            @Schema(description = "A dead-letter code, such as invalid-value.")
            String reason,

            @Schema(description = "The field, its value and what was expected.")
            String detail) {}
}
