package io.telltale.live;

/** The ids of a subscription would be longer than may be. */
final class TooManyPartitionsException extends RuntimeException {
    private static final long serialVersionUID = 1;
}
