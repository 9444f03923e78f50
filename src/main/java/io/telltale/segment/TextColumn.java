package io.telltale.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.telltale.sensors.Value;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/** A column of texts: a dictionary of the different ones, and an integer for each text. */
final class TextColumn {

    /** A text has at most this many bytes: four for each code point. */
    static final int MAX_TEXT_BYTES = 4 * Value.MAX_TEXT_CODE_POINTS;

    private final byte[] bytes;
    private final int[] bounds;
    private final @Nullable Value[] decoded;
    private final IntegerColumn indexes;

    /** @param size how many texts it has, at least 1 */
    TextColumn(ByteSource source, int size) {
        this.bytes = source.array();
        int count = source.readCount(size);
        source.require(count);
        this.bounds = new int[2 * count];
        this.decoded = new Value[count];
        for (int i = 0; i < count; i++) {
            int length = source.readCount(MAX_TEXT_BYTES);
            bounds[2 * i] = source.skip(length);
            bounds[2 * i + 1] = bounds[2 * i] + length;
        }
        this.indexes = new IntegerColumn(source, size);
    }

    /** Decodes the dictionary indexes of the texts from {@code from} to {@code to}, exclusive. */
    void decode(int from, int to, long[] target, long[] scratch) {
        indexes.decode(from, to, target, scratch);
    }

    /** The text of a dictionary index. */
    Value text(long index) {
        if (index < 0 || index >= decoded.length) {
            throw new MalformedException("a text is not in the dictionary");
        }
        Value text = decoded[(int) index];
        if (text == null) {
            text = decodeText(bytes, bounds[2 * (int) index], bounds[2 * (int) index + 1]);
            decoded[(int) index] = text;
        }
        return text;
    }

    /** The text in the bytes from {@code from} to {@code end}, exclusive. */
    static Value.Text decodeText(byte[] bytes, int from, int end) {
        String text;
        try {
            // Unlike a constructor of String, the decoder reports what is not UTF-8.
            text = UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, end - from))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedException("a text is not UTF-8");
        }
        if (!Value.Text.fits(text)) {
            throw new MalformedException("a text is too long");
        }
        return new Value.Text(text);
    }
}
