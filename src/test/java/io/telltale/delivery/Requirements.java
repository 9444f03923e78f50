package io.telltale.delivery;

import java.util.ArrayList;
import java.util.List;

/** What was required of manifests and does not hold, a sentence each. */
final class Requirements {

    private final List<String> broken = new ArrayList<>();

    /** {@code sentence} says what is wrong where {@code holds} is false. */
    void require(Manifest manifest, boolean holds, String sentence) {
        if (!holds) {
            broken.add(manifest.title() + ": " + sentence);
        }
    }

    List<String> broken() {
        return List.copyOf(broken);
    }
}
