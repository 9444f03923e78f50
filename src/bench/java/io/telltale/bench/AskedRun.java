package io.telltale.bench;

import io.telltale.bench.LoadRun.Latency;

/**
 * Requests of one kind that were asked on time, whether earlier ones were answered or not.
 *
 * @param what was asked
 * @param perSecond how often
 * @param latency from the time at which it was due to the end of the answer, in milliseconds
 * @param most the longest, in milliseconds
 * @param failed how many were not answered with 200
 */
record AskedRun(String what, double perSecond, Latency latency, double most, long failed) {}
