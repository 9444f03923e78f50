package io.telltale.letters;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of a replay.
 *
 * @param replayed the number of letters that Kafka has acknowledged in their topics
 * @param skipped the letters that cannot be replayed; omitted if empty
 * @param complete whether no more letters match
 * @param stoppedBy the limit that ended the replay: {@code limit}, {@code size} or {@code time}; absent if it is
 *     complete
 * @param next the cursor of the next replay; absent if it is complete
 */
@RegisterForReflection // a Response hides its type from the native build
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReplayView(
        int replayed,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Skipped> skipped,

        boolean complete,
        @Nullable String stoppedBy,
        @Nullable String next) {

    /**
     * A letter that cannot be replayed.
     *
     * @param id its id
     * @param detail the reason
     */
    @RegisterForReflection
    public record Skipped(String id, String detail) {}
}
