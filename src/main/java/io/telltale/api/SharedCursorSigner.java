package io.telltale.api;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Supplies the signer of the cursors that every replica accepts: {@link CursorSigner#keyed} with the shared key. */
@Singleton
public class SharedCursorSigner implements Supplier<CursorSigner> {

    private final CursorKey key;
    private volatile @Nullable CursorSigner signer;

    @Inject
    SharedCursorSigner(CursorKey key) {
        this.key = key;
    }

    /**
     * The signer, made at the first call.
     *
     * @throws RuntimeException as {@link CursorKey#bytes} does while the key is unavailable
     */
    @Override
    public CursorSigner get() {
        CursorSigner known = signer;
        if (known == null) {
            known = CursorSigner.keyed(key.bytes());
            signer = known;
        }
        return known;
    }
}
