package io.telltale.api;

/** The key that all replicas sign cursors with. {@code store} keeps it and implements this interface. */
public interface CursorKey {

    /**
     * The key, the same on every replica and after every restart.
     *
     * @throws RuntimeException while the key was not read yet; the exception becomes the response
     */
    byte[] bytes();
}
