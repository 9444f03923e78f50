package io.telltale.post;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What became of a POST.
 *
 * @param accepted how many readings Kafka has now
 * @param rejected the others, in order, the first thousand of them
 * @param unlisted how many were rejected beyond those; left out where it is 0
 */
public record PostResult(
        int accepted,

        List<Refusal> rejected,

        @JsonInclude(JsonInclude.Include.NON_DEFAULT) int unlisted) {

    /**
     * A reading that was not taken.
     *
     * @param index its place among the readings of the body, from 0; blank lines do not count
     * @param reason a dead-letter code
     * @param detail what is wrong: the field, its value and what was expected
     */
    public record Refusal(int index, String reason, String detail) {}
}
