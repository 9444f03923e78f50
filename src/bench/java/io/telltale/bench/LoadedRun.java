package io.telltale.bench;

import java.util.List;

/**
 * Questions while readings come in.
 *
 * @param sensors that send a reading each second
 * @param recordBytes of each record; 0 for as many as a reading needs
 * @param storedPerSecond readings that became durable meanwhile
 * @param asked by kind of question
 * @param micros processor time per reading that was stored, questions included
 * @param keptUp whether everything that was sent was durable in the end
 */
record LoadedRun(
        int sensors,
        int recordBytes,
        double storedPerSecond,
        List<AskedRun> asked,
        ProcessorTime.Micros micros,
        boolean keptUp) {

    LoadedRun {
        asked = List.copyOf(asked);
    }
}
