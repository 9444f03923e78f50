package io.telltale.evaluate;

/**
 * Servers that several cells share, because their start takes longer than a cell. Cells of all chapters that name the
 * same environment run one after the other on one start of it. A cell leaves the servers as it found them.
 *
 * @param name unique: environments of one name are the same
 * @param type of what is opened
 * @param opener starts the servers
 */
public record Environment<E extends AutoCloseable>(String name, Class<E> type, Opener<E> opener) {

    /** Starts servers. */
    public interface Opener<E> {
        E open() throws Exception;
    }
}
