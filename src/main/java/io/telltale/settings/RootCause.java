package io.telltale.settings;

/** Describes a failure by its message and that of its deepest cause, which has the reason why TLS fails. */
public final class RootCause {

    private RootCause() {}

    /** One line; the deepest message only once. */
    public static String describe(Throwable failure) {
        Throwable deepest = failure;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String message = String.valueOf(failure.getMessage());
        String root = String.valueOf(deepest.getMessage());
        return message.contains(root) ? message : "%s (%s)".formatted(message, root);
    }
}
