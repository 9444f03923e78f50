package io.telltale.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much memory a process has, in megabytes of 1,000,000 bytes, rounded up: never less than it is. Linux only; 0
 * elsewhere.
 */
final class ResidentMemory {

    private ResidentMemory() {}

    static long megabytes(long pid) {
        return megabytes(pid, "VmRSS:");
    }

    /** The most it had at once since its start. */
    static long mostMegabytes(long pid) {
        return megabytes(pid, "VmHWM:");
    }

    private static long megabytes(long pid, String field) {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        if (!Files.exists(status)) {
            return 0;
        }
        try {
            return Files.readString(status)
                    .lines()
                    .filter(line -> line.startsWith(field))
                    .mapToLong(line -> ofKibibytes(Long.parseLong(line.replaceAll("\\D", ""))))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new BenchException("could not read " + status, e);
        }
    }

    /** Linux says kB and means 1,024 bytes. */
    static long ofKibibytes(long kibibytes) {
        return (kibibytes * 1_024 + 999_999) / 1_000_000;
    }
}
