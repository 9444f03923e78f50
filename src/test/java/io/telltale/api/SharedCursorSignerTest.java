package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class SharedCursorSignerTest {

    private static final byte[] KEY = new byte[32];
    private static final byte[] CURSOR = {1, 2, 3};

    @Test
    void failsWhileTheKeyIsUnavailableAndThenSigns() {
        Queue<byte[]> keys = new ArrayDeque<>();
        SharedCursorSigner signer = new SharedCursorSigner(() -> {
            if (keys.isEmpty()) {
                throw new IllegalStateException("no key yet");
            }
            return keys.remove();
        });
        assertThatIllegalStateException().isThrownBy(signer::get).withMessage("no key yet");

        keys.addAll(List.of(KEY));

        assertThat(signer.get().of(CURSOR, 3)).isEqualTo(CursorSigner.keyed(KEY).of(CURSOR, 3));
        assertThat(signer.get()).as("made once").isSameAs(signer.get());
    }
}
