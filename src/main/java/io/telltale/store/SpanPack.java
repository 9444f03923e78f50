package io.telltale.store;

import java.util.Set;
import java.util.UUID;

/**
 * A complete pack of recent segments of one span. There may be several: an answer is the union of all.
 *
 * @param replaces the packs whose readings it holds, too
 * @param writtenMicros the write timestamp of its mark
 */
public record SpanPack(UUID id, Set<UUID> replaces, long writtenMicros) {

    public SpanPack {
        replaces = Set.copyOf(replaces);
    }
}
