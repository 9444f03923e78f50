package io.telltale.wire;

import org.jspecify.annotations.Nullable;

/** The headers of a record, asked for by name. */
@FunctionalInterface
public interface HeaderValues {

    /** Those of a record without headers. */
    HeaderValues NONE = name -> null;

    /** The value of the last header of that name; null if there is none, or it has no value. */
    byte @Nullable [] of(String name);
}
