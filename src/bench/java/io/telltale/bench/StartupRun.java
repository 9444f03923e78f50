package io.telltale.bench;

/**
 * What one way to run the service takes.
 *
 * @param form how it was run
 * @param starts how many starts were measured
 * @param firstAnswerMillis from the start of the process to the first answer to a request
 * @param readyMillis from the start of the process until it was ready: tables, topics and session there
 * @param idleMegabytes resident, of 1,000,000 bytes, after a while without anything to do
 * @param mostMegabytes resident, the most there was while it drained backlogs
 * @param readingsPerSecond of a backlog made durable, the last of several
 * @param microsPerReading processor time of the service meanwhile
 * @param answerMillis a page of 100 readings after that, by one client in a row: the median
 * @param slowAnswerMillis of a hundred such pages the slowest but one
 */
record StartupRun(
        String form,
        int starts,
        Summary firstAnswerMillis,
        Summary readyMillis,
        long idleMegabytes,
        long mostMegabytes,
        double readingsPerSecond,
        double microsPerReading,
        double answerMillis,
        double slowAnswerMillis) {}
