package io.telltale.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a {@link TextColumn}. Reused. */
final class TextColumnEncoder {

    private final IntegerColumnEncoder indexEncoder = new IntegerColumnEncoder();
    private final Map<String, Integer> dictionary = new LinkedHashMap<>();
    private long[] indexes = new long[IntegerColumn.CHUNK];

    /** Writes {@code size} texts, at least 1. */
    void encode(String[] texts, int size, ByteSink sink) {
        if (indexes.length < size) {
            indexes = new long[size + size / 2];
        }
        dictionary.clear();
        for (int i = 0; i < size; i++) {
            Integer known = dictionary.putIfAbsent(texts[i], dictionary.size());
            indexes[i] = known == null ? dictionary.size() - 1 : known;
        }
        sink.putVarint(dictionary.size());
        for (String text : dictionary.keySet()) {
            byte[] bytes = text.getBytes(UTF_8);
            sink.putVarint(bytes.length);
            sink.putBytes(bytes, 0, bytes.length);
        }
        indexEncoder.encode(indexes, size, sink);
        dictionary.clear();
    }
}
