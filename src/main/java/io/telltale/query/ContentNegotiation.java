package io.telltale.query;

import io.telltale.api.Parameters;
import io.telltale.api.RequestMediaTypes;
import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Selects the format of a response: by parameter {@code format}, or by header {@code Accept}. Of the header, the format
 * with the highest weight is selected, where the most specific range counts; the first of several with equal weight.
 * Parameters such as {@code charset} are ignored, because each format has one representation only.
 */
final class ContentNegotiation {

    private static final int ANY = 0;
    private static final int TYPE = 1;
    private static final int EXACT = 2;

    private final Map<ResponseFormat, MediaType> offered = new LinkedHashMap<>();

    /** @param formats in order of preference */
    ContentNegotiation(ResponseFormat... formats) {
        for (ResponseFormat format : formats) {
            offered.put(format, MediaType.valueOf(format.mediaType()));
        }
    }

    /**
     * The format for a request.
     *
     * @throws NotAcceptableException if the header accepts none of them
     */
    ResponseFormat select(Parameters parameters, HttpHeaders headers) {
        return parameters
                .choice(RequestMediaTypes.FORMAT, List.copyOf(offered.keySet()))
                .orElseGet(() -> select(headers.getAcceptableMediaTypes()));
    }

    private ResponseFormat select(List<MediaType> accepted) {
        ResponseFormat selected = null;
        double weight = 0;
        for (Map.Entry<ResponseFormat, MediaType> format : offered.entrySet()) {
            double candidate = weight(format.getValue(), accepted);
            if (candidate > weight) {
                selected = format.getKey();
                weight = candidate;
            }
        }
        if (selected == null) {
            throw new NotAcceptableException();
        }
        return selected;
    }

    private static double weight(MediaType mediaType, List<MediaType> accepted) {
        int highest = -1;
        double weight = 0;
        for (MediaType range : accepted) {
            int specificity = specificity(range);
            if (mediaType.isCompatible(range) && specificity >= highest) {
                weight = specificity > highest ? weight(range) : Math.max(weight, weight(range));
                highest = specificity;
            }
        }
        return weight;
    }

    private static int specificity(MediaType range) {
        if (range.isWildcardType()) {
            return ANY;
        }
        return range.isWildcardSubtype() ? TYPE : EXACT;
    }

    private static double weight(MediaType range) {
        String text = range.getParameters().get("q");
        try {
            return text == null ? 1 : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return 1;
        }
    }
}
