package io.telltale.simulate;

import java.util.ArrayList;
import java.util.List;

/** Keeps records in memory, for tests; takes only so many until told to take more. */
final class RecordedSink implements RecordSink {

    private final List<OutgoingRecord> records = new ArrayList<>();
    private final Ledger ledger;
    private long room = Long.MAX_VALUE;
    private Runnable beforeEach = () -> {};

    RecordedSink(Ledger ledger) {
        this.ledger = ledger;
    }

    /** From now on it takes this many records, and no more. */
    void takeOnly(long more) {
        room = more;
    }

    /** From now on this happens whenever a record is taken. */
    void beforeEach(Runnable action) {
        beforeEach = action;
    }

    List<OutgoingRecord> records() {
        return records;
    }

    @Override
    public boolean hasRoom() {
        return room > 0;
    }

    @Override
    public void send(OutgoingRecord record) {
        beforeEach.run();
        room--;
        records.add(record);
        ledger.acknowledged(record.outcome());
    }

    @Override
    public long acknowledged() {
        return records.size();
    }

    @Override
    public long failed() {
        return 0;
    }

    @Override
    public void close() {}
}
