package io.telltale.local;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.aether.transfer.AbstractTransferListener;
import org.eclipse.aether.transfer.TransferEvent;

/** Says every few seconds how far a download is. */
final class DownloadReport extends AbstractTransferListener {

    private static final long INTERVAL_NANOS = 3_000_000_000L;

    private final String name;
    private final Progress progress;
    private final AtomicInteger files = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong lastSaidNanos = new AtomicLong(System.nanoTime());

    DownloadReport(String name, Progress progress) {
        this.name = name;
        this.progress = progress;
    }

    @Override
    public void transferProgressed(TransferEvent event) {
        bytes.addAndGet(event.getDataBuffer().remaining());
        sayIfDue();
    }

    @Override
    public void transferSucceeded(TransferEvent event) {
        files.incrementAndGet();
        sayIfDue();
    }

    private void sayIfDue() {
        long last = lastSaidNanos.get();
        long now = System.nanoTime();
        if (now - last >= INTERVAL_NANOS && lastSaidNanos.compareAndSet(last, now)) {
            progress.say("Downloading %s: %d files, %.1f MB so far".formatted(name, files.get(), bytes.get() / 1e6));
        }
    }
}
