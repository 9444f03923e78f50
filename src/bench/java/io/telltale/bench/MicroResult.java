package io.telltale.bench;

/**
 * A figure of JMH.
 *
 * @param name of the benchmark
 * @param nanos per call
 * @param error half of the 99.9 % confidence interval, in nanoseconds
 * @param bytesPerCall allocated by a call
 */
record MicroResult(String name, double nanos, double error, double bytesPerCall) {}
