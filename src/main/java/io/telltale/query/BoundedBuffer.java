package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.telltale.store.StoredReading;
import java.util.ArrayList;
import java.util.List;

/** Buffers pages of readings while they are light; drops all of them once they are not. Not thread-safe. */
final class BoundedBuffer {

    /** The highest number of characters of all texts together. */
    static final int LIGHT_CHARACTERS = 250_000;

    private final int lightReadings;
    private final List<List<StoredReading>> pages = new ArrayList<>();
    private long readings;
    private long characters;

    /** @param lightReadings the highest number of readings */
    BoundedBuffer(int lightReadings) {
        this.lightReadings = lightReadings;
    }

    void add(List<StoredReading> page) {
        readings += page.size();
        for (StoredReading reading : page) {
            characters += reading.value().characters();
        }
        if (isLight()) {
            pages.add(page);
        } else {
            pages.clear();
        }
    }

    boolean isLight() {
        return readings <= lightReadings && characters <= LIGHT_CHARACTERS;
    }

    Multi<List<StoredReading>> pages() {
        return Multi.createFrom().iterable(pages);
    }

    List<StoredReading> readings() {
        return pages.stream().flatMap(List::stream).toList();
    }
}
