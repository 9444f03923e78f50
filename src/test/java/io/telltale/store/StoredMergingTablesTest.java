package io.telltale.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StoredMergingTablesTest {

    @Test
    void slicesCoverAllTokensOnce() {
        assertThat(StoredMergingTables.lastToken(-1)).isEqualTo(Long.MIN_VALUE);
        for (int slice = 0; slice < MergingTables.SLICES - 1; slice++) {
            assertThat(StoredMergingTables.lastToken(slice) - StoredMergingTables.lastToken(slice - 1))
                    .isEqualTo(1L << 58);
        }
        int last = MergingTables.SLICES - 1;
        assertThat(StoredMergingTables.lastToken(last)).isEqualTo(Long.MAX_VALUE);
        assertThat(StoredMergingTables.lastToken(last) - StoredMergingTables.lastToken(last - 1))
                .isEqualTo((1L << 58) - 1);
    }
}
