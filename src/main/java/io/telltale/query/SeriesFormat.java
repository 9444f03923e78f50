package io.telltale.query;

import io.telltale.aggregate.AggregatedWindow;
import io.telltale.wire.EncodedBytes;
import io.vertx.core.http.HttpServerResponse;

/** The format of a response with the windows of several series. */
interface SeriesFormat {

    String mediaType();

    /** The body before the first series. */
    byte[] opening();

    /** The start of a series, which may have no windows. */
    void series(SeriesKey series, boolean isFirst, EncodedBytes target);

    /** One window of the series that started last. */
    void window(AggregatedWindow window, SeriesKey series, boolean isFirst, EncodedBytes target);

    /**
     * The body after the last window.
     *
     * @param isEmpty whether there was no series
     * @param findings what is known after the last window
     */
    byte[] closing(boolean isEmpty, Meta meta, AggregatesFindings findings, HttpServerResponse response);
}
