package io.telltale;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.telltale.security.ApiKeyCommand;
import java.util.Arrays;

/** Starts the service. */
@QuarkusMain
public final class Telltale {

    /**
     * Quarkus answers an invalid URL with a bare 400, before any handler. This switches its check off; {@code
     * RequestGuard} makes the same one. Quarkus reads it once: at the start, and when a native executable is built.
     */
    private static final String NO_URI_VALIDATION = "vertx.disableURIValidation";

    private Telltale() {}

    /**
     * Starts the service, and returns when it has ended. With the argument {@value ApiKeyCommand#NAME}, makes an API
     * key instead.
     *
     * @param arguments of Quarkus, or of the command
     */
    public static void main(String... arguments) {
        if (arguments.length > 0 && arguments[0].equals(ApiKeyCommand.NAME)) {
            System.exit(ApiKeyCommand.run(Arrays.copyOfRange(arguments, 1, arguments.length)));
        }
        System.setProperty(NO_URI_VALIDATION, "true");
        Quarkus.run(arguments);
    }
}
