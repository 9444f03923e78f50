package io.telltale.evaluate.consistency;

import io.telltale.evaluate.History;
import io.telltale.evaluate.History.Read;
import io.telltale.evaluate.History.Write;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * Records what clients send and receive. A write is recorded before it is sent, so no response is ahead of the ledger.
 */
final class RegisterLedger {

    private final long startNanos = System.nanoTime();
    private final long startRecordTime = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    private final Queue<Sent> sent = new ConcurrentLinkedQueue<>();
    private final Queue<Read> reads = new ConcurrentLinkedQueue<>();
    private long lastRecordTime;
    private long versions;

    /** A write that may be acknowledged. */
    static final class Sent {

        private final History.Key key;
        private final long version;
        private final long recordTime;
        private volatile long acknowledgedMicros = History.NEVER;

        private Sent(History.Key key, long version, long recordTime) {
            this.key = key;
            this.version = version;
            this.recordTime = recordTime;
        }

        History.Key key() {
            return key;
        }

        String value() {
            return Long.toString(version);
        }

        /** The write timestamp, in microseconds since 1970. */
        long recordTime() {
            return recordTime;
        }

        void acknowledge(long micros) {
            acknowledgedMicros = micros;
        }

        private Write toWrite() {
            return new Write(key, value(), recordTime, version, acknowledgedMicros, acknowledgedMicros);
        }
    }

    /** Since this ledger began. */
    long nowMicros() {
        return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos);
    }

    /** The next write of a register, with a later record time than all before. */
    synchronized Sent send(History.Key key) {
        lastRecordTime = Math.max(lastRecordTime + 1, startRecordTime + nowMicros());
        versions++;
        Sent write = new Sent(key, versions, lastRecordTime);
        sent.add(write);
        return write;
    }

    void receive(Read read) {
        reads.add(read);
    }

    List<Write> writes() {
        return sent.stream().map(Sent::toWrite).toList();
    }

    List<Read> reads() {
        return List.copyOf(reads);
    }

    /** All registers that a client wrote. */
    List<History.Key> keys() {
        return sent.stream().map(Sent::key).distinct().toList();
    }
}
