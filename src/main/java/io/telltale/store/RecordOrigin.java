package io.telltale.store;

/**
 * The position of a reading's Kafka record. Origins of one epoch and partition are ordered by offset: the later of two
 * records with the same record time wins, and a replay knows which readings the live tail will deliver.
 *
 * @param epoch the incarnation of the topic: from 1, plus one each time the topic is recreated, modulo 256
 * @param partition the Kafka partition, 0 to 65,535
 * @param offset the Kafka offset, below 2<sup>48</sup>
 */
public record RecordOrigin(int epoch, int partition, long offset) implements Comparable<RecordOrigin> {

    /** The greatest Kafka partition that fits into an origin. */
    public static final int MAX_PARTITION = 0xffff;

    static final long MAX_OFFSET = (1L << 48) - 1;

    public RecordOrigin {
        if (epoch < 0 || epoch > 0xff) {
            throw new IllegalArgumentException("epoch %d is not within 0 to 255".formatted(epoch));
        }
        if (partition < 0 || partition > MAX_PARTITION) {
            throw new IllegalArgumentException(
                    "Kafka partition %d is not within 0 to %d".formatted(partition, MAX_PARTITION));
        }
        if (offset < 0 || offset > MAX_OFFSET) {
            throw new IllegalArgumentException("Kafka offset %d is not within 0 to %d".formatted(offset, MAX_OFFSET));
        }
    }

    /** Partition and offset in eight bytes. Their unsigned big-endian order is that of partition and offset. */
    long position() {
        return ((long) partition << 48) | offset;
    }

    /** By partition, offset and epoch, which is the order of the bytes of a cell. */
    @Override
    public int compareTo(RecordOrigin other) {
        int order = Long.compareUnsigned(position(), other.position());
        return order == 0 ? Integer.compare(epoch, other.epoch) : order;
    }

    static RecordOrigin of(int epoch, long position) {
        return new RecordOrigin(epoch, (int) (position >>> 48), position & MAX_OFFSET);
    }
}
