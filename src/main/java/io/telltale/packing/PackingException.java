package io.telltale.packing;

/** A pack is not what it should be. The span stays unpacked. */
final class PackingException extends RuntimeException {

    private static final long serialVersionUID = 1;

    PackingException(String message) {
        super(message);
    }
}
