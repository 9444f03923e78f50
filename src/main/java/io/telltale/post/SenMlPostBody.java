package io.telltale.post;

import io.telltale.kafka.DroppedFields;
import io.telltale.sensors.SensorType;
import io.telltale.wire.DecodeResult;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.PackReader;
import io.telltale.wire.ReadingEncoder;
import io.telltale.wire.UnreadablePackException;
import org.jspecify.annotations.Nullable;

/**
 * A SenML pack. Each of its readings becomes a JSON record with the sensor's id as key, for four reasons: a pack may be
 * larger than a record; its sensors are spread over the partitions, each in order; an invalid entry is reported to the
 * client instead of becoming a dead letter; and relative times count from the POST, whenever the record is read.
 *
 * <p>Collects the whole body and checks that it is a pack.
 */
final class SenMlPostBody implements PostBody {

    private static final int ENTRIES_PER_CHECK = 512;

    private final SensorType type;
    private final ByteAccumulator received;
    private final DroppedFields droppedFields;
    private final ReadingEncoder encoder = new ReadingEncoder();
    private long nowMillis;
    private byte[] pack = {};
    private @Nullable PackReader unchecked;
    private @Nullable PackReader entries;

    /** @param expected the number of bytes, or -1 if unknown */
    SenMlPostBody(SensorType type, int expected, DroppedFields droppedFields) {
        this.type = type;
        this.droppedFields = droppedFields;
        this.received = new ByteAccumulator(expected);
    }

    @Override
    public void add(byte[] chunk) {
        received.add(chunk);
    }

    /** @param nowMillis the base of relative times, the same for the whole pack */
    @Override
    public void end(long nowMillis) throws UnreadableBodyException {
        this.nowMillis = nowMillis;
        pack = received.toByteArray();
        unchecked = reader();
    }

    @Override
    public boolean isReadable() throws UnreadableBodyException {
        PackReader checked = unchecked;
        if (checked == null) {
            return true;
        }
        try {
            for (int i = 0; i < ENTRIES_PER_CHECK; i++) {
                if (checked.next() == null) {
                    checked.close();
                    unchecked = null;
                    entries = reader();
                    return true;
                }
            }
            return false;
        } catch (UnreadablePackException e) {
            throw notAPack(e);
        }
    }

    private PackReader reader() throws UnreadableBodyException {
        try {
            return PackReader.of(type, pack, nowMillis);
        } catch (UnreadablePackException e) {
            throw notAPack(e);
        }
    }

    private static UnreadableBodyException notAPack(UnreadablePackException e) {
        return new UnreadableBodyException(String.valueOf(e.getMessage()));
    }

    @Override
    public @Nullable PostedElement next(long nowMillis) {
        if (entries == null) {
            return null;
        }
        DecodeResult entry = nextOf(entries);
        if (entry == null) {
            entries.close();
            entries = null;
            return null;
        }
        if (entry instanceof Accepted accepted) {
            // Counted here: unlike a JSON reading, the record does not have the dropped unit any more.
            droppedFields.count(type, accepted);
            return PostedElement.accepted(accepted, encoder.body(accepted.reading(), accepted.description()));
        }
        return PostedElement.rejected((Rejected) entry);
    }

    private static @Nullable DecodeResult nextOf(PackReader entries) {
        try {
            return entries.next();
        } catch (UnreadablePackException e) {
            throw new IllegalStateException("the body was a valid pack before", e);
        }
    }
}
