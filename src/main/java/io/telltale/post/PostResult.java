package io.telltale.post;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/**
 * The answer to a POST.
 *
 * @param accepted the number of readings that Kafka has acknowledged
 * @param rejected the others, in order, at most 1000
 * @param unlisted the number of rejected readings beyond those; omitted if 0
 * @param warnings the accepted ones without their invalid unit or site, in order, at most 1000; omitted if empty
 */
@RegisterForReflection // a Response hides its type from the native build
public record PostResult(
        int accepted,

        List<Refusal> rejected,

        @JsonInclude(JsonInclude.Include.NON_DEFAULT) int unlisted,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Warning> warnings) {

    /**
     * A rejected reading.
     *
     * @param index its position in the body, from 0; blank lines do not count
     * @param reason a dead-letter code
     * @param detail the field, its value and what was expected
     */
    @RegisterForReflection
    public record Refusal(int index, String reason, String detail) {}

    /**
     * An accepted reading without its invalid unit or site.
     *
     * @param index its position in the body, as of a rejected one
     * @param detail the field, its value and what was expected
     */
    @RegisterForReflection
    public record Warning(int index, String detail) {}
}
