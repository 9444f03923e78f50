package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {

    @Test
    void aDirectoryIsUsedByOneStackAtATime(@TempDir Path directory) {
        DirectoryLock first = DirectoryLock.on(directory);
        assertThatThrownBy(() -> DirectoryLock.on(directory))
                .isInstanceOf(LocalStackException.class)
                .hasMessage("another run uses the data in %s; end that one first", directory);

        first.close();
        assertThatNoException().isThrownBy(() -> DirectoryLock.on(directory).close());
    }
}
