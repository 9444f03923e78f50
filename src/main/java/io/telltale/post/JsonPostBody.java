package io.telltale.post;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Excerpt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * JSON: one reading, or an array of them. Nothing is taken before the whole body has come and was found to be JSON; then
 * its elements are cut out one by one, as they are sent.
 */
final class JsonPostBody implements PostBody {

    private static final byte[] NOTHING = {};

    private final PostedReadingValidator judge = new PostedReadingValidator();
    private final ByteAccumulator gathered;
    private byte[] body = NOTHING;
    private @Nullable JsonParser json;
    private boolean isArray;

    /** @param expected how many bytes will come, or -1 if nobody knows */
    JsonPostBody(int expected) {
        this.gathered = new ByteAccumulator(expected);
    }

    @Override
    public void add(byte[] chunk) {
        gathered.add(chunk);
    }

    @Override
    public void end(long nowMillis) throws UnreadableBodyException {
        body = withoutByteOrderMark(gathered.toByteArray());
        try (JsonParser whole = PostedReadingValidator.JSON.createParser(body)) {
            JsonToken first = whole.nextToken();
            if (first == null) {
                throw new UnreadableBodyException("is empty; expected a reading or an array of readings");
            }
            isArray = first == JsonToken.START_ARRAY;
            whole.skipChildren();
            if (whole.nextToken() != null) {
                throw new UnreadableBodyException("goes on after its first value; expected one JSON object or array");
            }
            json = PostedReadingValidator.JSON.createParser(body);
            if (isArray) {
                json.nextToken();
            }
        } catch (JsonProcessingException e) {
            throw new UnreadableBodyException("is not JSON at byte %d: %s"
                    .formatted(
                            e.getLocation() == null ? 0 : e.getLocation().getByteOffset(),
                            Excerpt.of(e.getOriginalMessage(), 160)));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    @Override
    public @Nullable PostedElement next(long nowMillis) {
        if (json == null) {
            return null;
        }
        try {
            JsonToken token = json.nextToken();
            if (token == null || (isArray && token == JsonToken.END_ARRAY)) {
                json.close();
                json = null;
                body = NOTHING;
                return null;
            }
            return judge.judge(element(json), nowMillis);
        } catch (IOException e) {
            throw new UncheckedIOException("a body that was JSON is none", e);
        }
    }

    private byte[] element(JsonParser json) throws IOException {
        int start = (int) json.currentTokenLocation().getByteOffset();
        json.skipChildren();
        json.finishToken();
        return Arrays.copyOfRange(body, start, (int) json.currentLocation().getByteOffset());
    }

    private static byte[] withoutByteOrderMark(byte[] body) {
        boolean hasMark =
                body.length >= 3 && body[0] == (byte) 0xef && body[1] == (byte) 0xbb && body[2] == (byte) 0xbf;
        return hasMark ? Arrays.copyOfRange(body, 3, body.length) : body;
    }
}
