package io.telltale.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory a process has. Linux only; 0 elsewhere. */
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
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1_024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new BenchException("could not read " + status, e);
        }
    }
}
