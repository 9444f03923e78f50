package io.telltale.local;

/** Told what is being done while it takes long. Called by several threads. */
@FunctionalInterface
public interface Progress {

    /** Nobody wants to know. */
    Progress SILENT = line -> {};

    void say(String line);
}
