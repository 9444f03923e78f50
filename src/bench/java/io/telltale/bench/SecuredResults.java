package io.telltale.bench;

import java.util.List;

/**
 * What security costs: the service with and without it, on the same servers.
 *
 * @param command that was run
 * @param requests what a credential costs
 */
record SecuredResults(
        String command,
        boolean isFull,
        Machine machine,
        List<DrainRound> drain,
        List<ReadRun> range,
        List<FanOutRun> fanOut,
        List<RequestRun> requests) {

    SecuredResults {
        drain = List.copyOf(drain);
        range = List.copyOf(range);
        fanOut = List.copyOf(fanOut);
        requests = List.copyOf(requests);
    }
}
