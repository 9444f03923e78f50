package io.telltale.sealing;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Settings of sealed values. */
@ConfigMapping(prefix = "telltale.security")
public interface SealingConfig {

    /**
     * The sensors whose values are sealed: {@code type:…}, {@code site:…} and {@code sensor:…}, separated by commas.
     */
    Optional<String> sealed();

    /** The keyset that wraps data keys: a file, read again when it changes, or the URI of a key in a KMS. */
    Optional<String> keyset();
}
