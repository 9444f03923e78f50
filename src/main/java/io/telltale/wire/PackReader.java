package io.telltale.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult.Rejected;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a SenML pack of any size entry by entry, with the rules of {@link SenMlDecoder}. Does not deduplicate: every
 * entry has a result, and storing them in order lets the last one win.
 */
public final class PackReader implements AutoCloseable {

    private final byte[] pack;
    private final JsonParser json;
    private final SenMlEntries entries;

    private PackReader(byte[] pack, JsonParser json, SenMlEntries entries) {
        this.pack = pack;
        this.json = json;
        this.entries = entries;
    }

    /**
     * Opens a pack that is not empty.
     *
     * @param nowMillis the origin of relative times, in milliseconds since the epoch
     * @throws UnreadablePackException if it is not UTF-8 or no array
     */
    public static PackReader of(SensorType type, byte[] pack, long nowMillis) throws UnreadablePackException {
        if (!Utf8.isValid(pack)) {
            throw new UnreadablePackException(JsonBody.notJson(pack));
        }
        try {
            SenMlEntries entries = new SenMlEntries(type, nowMillis);
            JsonParser json = JsonBody.parser(pack);
            Rejected noPack = entries.open(json);
            if (noPack != null) {
                throw new UnreadablePackException(noPack.detail());
            }
            return new PackReader(pack, json, entries);
        } catch (JsonProcessingException e) {
            throw new UnreadablePackException(JsonBody.notJson(pack));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    /**
     * The result of the next entry; null after the last.
     *
     * @throws UnreadablePackException if the next entry makes the whole pack unreadable
     */
    public @Nullable DecodeResult next() throws UnreadablePackException {
        try {
            return entries.next(json);
        } catch (JsonProcessingException e) {
            throw new UnreadablePackException(JsonBody.notJson(pack));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    @Override
    public void close() {
        try {
            json.close();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }
}
