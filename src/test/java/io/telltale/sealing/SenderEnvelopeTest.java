package io.telltale.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import io.telltale.sensors.Value;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SenderEnvelopeTest {

    private static final String SENSOR = "boiler-7";
    private static final long TIME = 1_769_904_000_000L;

    private final SenderEnvelope envelope = new SenderEnvelope(newAead());

    private static Aead newAead() {
        try {
            AeadConfig.register();
            return KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM)
                    .getPrimitive(RegistryConfiguration.get(), Aead.class);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void opensOnlyTheReadingThatWasSealed() throws GeneralSecurityException {
        String text = envelope.seal(SENSOR, TIME, "21.5");
        assertThat(envelope.open(SENSOR, TIME, text)).isEqualTo("21.5");
        assertThatThrownBy(() -> envelope.open("boiler-8", TIME, text)).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> envelope.open(SENSOR, TIME + 1, text)).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> new SenderEnvelope(newAead()).open(SENSOR, TIME, text))
                .isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void theLongestDocumentedValueIsAValidText() throws GeneralSecurityException {
        assertThat(envelope.seal(SENSOR, TIME, "x".repeat(729)).length())
                .isLessThanOrEqualTo(Value.MAX_TEXT_CODE_POINTS);
        assertThat(envelope.seal(SENSOR, TIME, "x".repeat(730)).length()).isGreaterThan(Value.MAX_TEXT_CODE_POINTS);
    }

    @Test
    void isTheExampleOfTheDocuments() throws Exception {
        String source = Files.readString(Path.of("src/test/java/io/telltale/sealing/SenderEnvelope.java"));
        String document = Files.readString(Path.of("docs/security.md"));
        String chapter = document.substring(document.indexOf("### Sealed before sending"));
        List<String> example = chapter.substring(0, chapter.indexOf("\n## "))
                .lines()
                .filter(line -> line.startsWith("    ") && !line.strip().startsWith("{"))
                .map(String::strip)
                .filter(line -> !line.startsWith("//"))
                .toList();
        assertThat(example).hasSizeGreaterThan(4).allSatisfy(line -> assertThat(source)
                .contains(line));
    }
}
