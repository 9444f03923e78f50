package io.telltale.bench;

/**
 * One server, and many who watch the same readings.
 *
 * @param slow how many of the subscribers read nothing
 * @param deliveriesPerSecond readings times those who read, per second, a handful at a time, as fast as all of them
 *     take them
 * @param microsPerDelivery processor time of the server for each of those
 * @param heapBytesPerDelivery that the server allocated for each of those, where it is a JVM; 0 otherwise
 * @param bytesPerEvent on the wire, without TCP and IP
 * @param kilobytesPerSubscriber of resident memory that each added while nothing came
 * @param singlyPerSecond deliveries a second when one reading goes out at a time
 * @param microsSingly processor time of the server for each of those
 * @param quarter ages at a quarter of that rate
 * @param half at half of it
 * @param threeQuarters at three quarters
 */
record FanOutRun(
        String server,
        int subscribers,
        int slow,
        double deliveriesPerSecond,
        double microsPerDelivery,
        double heapBytesPerDelivery,
        double bytesPerEvent,
        double kilobytesPerSubscriber,
        double singlyPerSecond,
        double microsSingly,
        Ages quarter,
        Ages half,
        Ages threeQuarters) {

    /**
     * How old readings were when they were seen, from when they were due to be sent: of those that watch and are timed.
     *
     * @param median in milliseconds
     * @param p99 in milliseconds
     */
    record Ages(double median, double p99) {}
}
