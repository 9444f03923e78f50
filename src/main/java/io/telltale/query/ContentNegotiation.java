package io.telltale.query;

import jakarta.ws.rs.NotAcceptableException;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;

/**
 * The media types that an answer can be had in. Which of them a request gets, its {@code Accept} says, by the weight of
 * the range that fits a form best; of forms with one weight it is the first. Parameters such as {@code charset} are
 * overlooked: a form is there in one way only, and who names its usual charset is to have it.
 */
final class ContentNegotiation {

    private static final int ANY = 0;
    private static final int TYPE = 1;
    private static final int WHOLE = 2;

    private final List<MediaType> forms;

    /** @param mediaTypes without parameters; the first is what is given where any will do */
    ContentNegotiation(String... mediaTypes) {
        this.forms = Arrays.stream(mediaTypes).map(MediaType::valueOf).toList();
    }

    /**
     * The form for a request.
     *
     * @param accepted the media ranges that it names, in any order
     * @throws NotAcceptableException if none of them fits
     */
    String chosen(List<MediaType> accepted) {
        MediaType chosen = null;
        double weight = 0;
        for (MediaType form : forms) {
            double weightOfForm = weight(form, accepted);
            if (weightOfForm > weight) {
                chosen = form;
                weight = weightOfForm;
            }
        }
        if (chosen == null) {
            throw new NotAcceptableException();
        }
        return chosen.toString();
    }

    private static double weight(MediaType form, List<MediaType> accepted) {
        int closest = -1;
        double weight = 0;
        for (MediaType range : accepted) {
            int closeness = closeness(range);
            if (form.isCompatible(range) && closeness >= closest) {
                weight = closeness > closest ? weight(range) : Math.max(weight, weight(range));
                closest = closeness;
            }
        }
        return weight;
    }

    private static int closeness(MediaType range) {
        if (range.isWildcardType()) {
            return ANY;
        }
        return range.isWildcardSubtype() ? TYPE : WHOLE;
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
