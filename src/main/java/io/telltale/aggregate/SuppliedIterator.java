package io.telltale.aggregate;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Iterates over the results of a source until it returns null. Calls it once ahead. */
public final class SuppliedIterator<T> implements Iterator<T> {

    private final Source<T> source;
    private @Nullable T next;

    /** Returns the next element, or null after the last one. */
    public interface Source<T> {
        @Nullable
        T next();
    }

    public SuppliedIterator(Source<T> source) {
        this.source = source;
        this.next = source.next();
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public T next() {
        T given = next;
        if (given == null) {
            throw new NoSuchElementException();
        }
        next = source.next();
        return given;
    }
}
