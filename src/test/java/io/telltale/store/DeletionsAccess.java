package io.telltale.store;

import java.util.List;

/** Access of tests outside this package to deletions. */
public final class DeletionsAccess {

    private DeletionsAccess() {}

    public static Deletions of(List<Deletion> deletions) {
        return new Deletions(deletions);
    }
}
