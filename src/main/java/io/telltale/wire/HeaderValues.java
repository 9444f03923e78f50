package io.telltale.wire;

import org.jspecify.annotations.Nullable;

/** The headers of a record by name. */
@FunctionalInterface
public interface HeaderValues {

    /** The headers of a record without any. */
    HeaderValues NONE = name -> null;

    /** The value of the last header with that name in any letter case; null if there is none, or it has no value. */
    byte @Nullable [] of(String name);
}
