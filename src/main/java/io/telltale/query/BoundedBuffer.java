package io.telltale.query;

import io.smallrye.mutiny.Multi;
import io.telltale.store.StoredReading;
import java.util.ArrayList;
import java.util.List;

/** Readings that are held together, as long as they are light; nothing of them is kept once they are too much. For one thread at a time. */
final class BoundedBuffer {

    /** Texts of more characters, together, are not light. */
    static final int LIGHT_CHARACTERS = 250_000;

    private final int lightReadings;
    private final List<List<StoredReading>> pages = new ArrayList<>();
    private long readings;
    private long characters;

    /** @param lightReadings more readings are not light */
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
