package io.telltale.security;

import io.telltale.fuzz.Bounded;

/** Fuzz target: the file of API keys. It is accepted, or the message names what is not valid, on one short line. */
public final class ApiKeyFileFuzz {

    private static final int MAX_MESSAGE_CHARACTERS = 500;

    private ApiKeyFileFuzz() {}

    /** Parses a file. */
    public static void fuzzerTestOneInput(byte[] file) {
        ApiKeyRing ring;
        try {
            ring = ApiKeyFile.parse(file);
        } catch (IllegalArgumentException e) {
            Bounded.check(String.valueOf(e.getMessage()), MAX_MESSAGE_CHARACTERS);
            return;
        }
        if (ring.find("") != null || ring.find("a key that nobody has") != null) {
            throw new AssertionError("a key is found that was never made");
        }
    }
}
