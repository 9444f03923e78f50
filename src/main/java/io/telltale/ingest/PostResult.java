package io.telltale.ingest;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What became of a POST.
 *
 * @param accepted how many readings Kafka has now
 * @param rejected the others, in order
 */
@Schema(name = "PostResult")
public record PostResult(int accepted, List<Refusal> rejected) {

    /**
     * A reading that was not taken.
     *
     * @param index its place in the body, from 0
     * @param reason a dead-letter code
     * @param detail what is wrong: the field, its value and what was expected
     */
    @Schema(name = "Refusal")
    public record Refusal(int index, String reason, String detail) {}
}
