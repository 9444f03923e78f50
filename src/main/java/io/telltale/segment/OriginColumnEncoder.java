package io.telltale.segment;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Writes an {@link OriginColumn}. Reused. */
final class OriginColumnEncoder {

    private final IntegerColumnEncoder encoder = new IntegerColumnEncoder();
    private final Map<Integer, Integer> dictionary = new HashMap<>();

    /** The least offset of each source, with its partition. */
    private long[] bases = new long[8];

    private int[] epochs = new int[8];
    private long[] sources = new long[IntegerColumn.CHUNK];
    private long[] distances = new long[IntegerColumn.CHUNK];

    /** Writes the origins from {@code from} to {@code to}, exclusive; at least one. */
    void encode(int[] epochOf, long[] positionOf, int from, int to, ByteSink sink) {
        int size = to - from;
        if (sources.length < size) {
            sources = new long[size + size / 2];
            distances = new long[size + size / 2];
        }
        int count = findSources(epochOf, positionOf, from, to);
        sink.putVarint(count);
        for (int i = 0; i < count; i++) {
            sink.putByte(epochs[i]);
            sink.putVarint(bases[i] >>> SegmentReading.OFFSET_BITS);
            sink.putVarint(bases[i] & OriginColumn.MAX_OFFSET);
        }
        for (int i = 0; i < size; i++) {
            distances[i] = positionOf[from + i] - bases[(int) sources[i]];
        }
        encoder.encode(sources, size, sink);
        encoder.encode(distances, size, sink);
    }

    private int findSources(int[] epochOf, long[] positionOf, int from, int to) {
        dictionary.clear();
        int last = -1;
        int source = -1;
        for (int i = from; i < to; i++) {
            long position = positionOf[i];
            int key = (int) (position >>> SegmentReading.OFFSET_BITS) << 8 | epochOf[i];
            if (key != last || source < 0) {
                last = key;
                Integer known = dictionary.putIfAbsent(key, dictionary.size());
                source = known == null ? add(position, epochOf[i]) : known;
            }
            bases[source] = Math.min(bases[source] & OriginColumn.MAX_OFFSET, position & OriginColumn.MAX_OFFSET)
                    | (position & ~OriginColumn.MAX_OFFSET);
            sources[i - from] = source;
        }
        return dictionary.size();
    }

    private int add(long position, int epoch) {
        int source = dictionary.size() - 1;
        if (source == bases.length) {
            bases = Arrays.copyOf(bases, 2 * source);
            epochs = Arrays.copyOf(epochs, 2 * source);
        }
        bases[source] = position;
        epochs[source] = epoch;
        return source;
    }
}
