package io.telltale.post;

import io.telltale.sensors.SensorType;
import io.telltale.wire.Decoded;
import io.telltale.wire.Decoded.Accepted;
import io.telltale.wire.Decoded.Rejected;
import io.telltale.wire.PackReader;
import io.telltale.wire.ReadingEncoder;
import io.telltale.wire.UnreadablePackException;
import org.jspecify.annotations.Nullable;

/**
 * A SenML pack, whose readings become a record each, in JSON, with the sensor's id as its key. So the pack may be far
 * larger than a record, its sensors spread over the partitions while each keeps its order, a bad entry leaves no dead letter
 * behind, and times that count from now count from the POST, whenever the record is read.
 *
 * <p>Nothing is taken before the whole body has come and was found to be a pack.
 */
final class SenMlPostBody implements PostBody {

    private static final int ENTRIES_AT_ONCE = 512;

    private final SensorType type;
    private final ByteAccumulator gathered;
    private final ReadingEncoder encoder = new ReadingEncoder();
    private long nowMillis;
    private byte[] pack = {};
    private @Nullable PackReader looking;
    private @Nullable PackReader entries;

    /** @param expected how many bytes will come, or -1 if nobody knows */
    SenMlPostBody(SensorType type, int expected) {
        this.type = type;
        this.gathered = new ByteAccumulator(expected);
    }

    @Override
    public void add(byte[] chunk) {
        gathered.add(chunk);
    }

    /** Now is one instant for the whole pack. */
    @Override
    public void end(long nowMillis) throws UnreadableBodyException {
        this.nowMillis = nowMillis;
        pack = gathered.toByteArray();
        looking = reader();
    }

    @Override
    public boolean isReadable() throws UnreadableBodyException {
        PackReader whole = looking;
        if (whole == null) {
            return true;
        }
        try {
            for (int seen = 0; seen < ENTRIES_AT_ONCE; seen++) {
                if (whole.next() == null) {
                    whole.close();
                    looking = null;
                    entries = reader();
                    return true;
                }
            }
            return false;
        } catch (UnreadablePackException e) {
            throw noPack(e);
        }
    }

    private PackReader reader() throws UnreadableBodyException {
        try {
            return PackReader.of(type, pack, nowMillis);
        } catch (UnreadablePackException e) {
            throw noPack(e);
        }
    }

    private static UnreadableBodyException noPack(UnreadablePackException e) {
        return new UnreadableBodyException("is no SenML pack: " + e.getMessage());
    }

    @Override
    public @Nullable PostedElement next(long nowMillis) {
        if (entries == null) {
            return null;
        }
        Decoded entry = nextOf(entries);
        if (entry == null) {
            entries.close();
            entries = null;
            return null;
        }
        if (entry instanceof Accepted accepted) {
            return new PostedElement(accepted, encoder.body(accepted.reading(), accepted.description()));
        }
        return PostedElement.rejected((Rejected) entry);
    }

    private static @Nullable Decoded nextOf(PackReader entries) {
        try {
            return entries.next();
        } catch (UnreadablePackException e) {
            throw new IllegalStateException("a body that was a pack is none", e);
        }
    }
}
