package io.telltale.bench;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import io.telltale.sealing.TestKeyset;
import io.telltale.sensors.SensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;

/** The keyset of {@link Peer#TELLTALE_SEALED}: a new one in each run. */
final class BenchKeyset {

    private static final String JSON = TestKeyset.create();

    private BenchKeyset() {}

    /** The settings of a service that seals all readings of a type. */
    static Map<String, String> settings(Path directory, SensorType type) {
        try {
            Files.createDirectories(directory);
            Path file = Files.writeString(directory.resolve("keyset.json"), JSON);
            return Map.of(
                    "telltale.security.sealed",
                    "type:" + type.name(),
                    "telltale.security.keyset",
                    file.toAbsolutePath().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Unwraps the data keys of that service. */
    static Aead aead() {
        try {
            return TinkJsonProtoKeysetFormat.parseKeyset(JSON, InsecureSecretKeyAccess.get())
                    .getPrimitive(RegistryConfiguration.get(), Aead.class);
        } catch (GeneralSecurityException e) {
            throw new BenchException("the keyset cannot be read", e);
        }
    }
}
