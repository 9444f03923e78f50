package io.telltale.query;

import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;

/**
 * Selects the media type of a response by header {@code Accept}: the one with the highest weight, where the most specific
 * range counts; the first of several with equal weight. Parameters such as {@code charset} are ignored, because each media
 * type has one representation only.
 */
final class ContentNegotiation {

    private static final int ANY = 0;
    private static final int TYPE = 1;
    private static final int EXACT = 2;

    private final List<MediaType> offered;

    /** @param mediaTypes without parameters, in order of preference */
    ContentNegotiation(String... mediaTypes) {
        this.offered = Arrays.stream(mediaTypes).map(MediaType::valueOf).toList();
    }

    /**
     * The media type for a request.
     *
     * @param accepted the media ranges of the request, in any order
     * @throws NotAcceptableException if none of them matches
     */
    String select(List<MediaType> accepted) {
        MediaType selected = null;
        double weight = 0;
        for (MediaType mediaType : offered) {
            double candidate = weight(mediaType, accepted);
            if (candidate > weight) {
                selected = mediaType;
                weight = candidate;
            }
        }
        if (selected == null) {
            throw new NotAcceptableException();
        }
        return selected.toString();
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
