package io.telltale.api;

import io.telltale.sensors.Excerpt;
import io.telltale.sensors.SensorMetadata;
import java.util.Collection;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters {@code label.<name>}. In contrast to other parameters, their values may be empty, as labels may.
 */
public final class LabelParameters {

    static final String PREFIX = "label.";

    private LabelParameters() {}

    static boolean isLabel(String parameter) {
        return parameter.startsWith(PREFIX);
    }

    /** The name of a label in a path, {@code name}. */
    public static String nameOfPath(String text) {
        if (!SensorMetadata.isLabelKey(text)) {
            throw Problem.badParameter("name", text, SensorMetadata.LABEL_KEY_FORM)
                    .exception();
        }
        return text;
    }

    /**
     * The labels by name.
     *
     * @param single the only value of a given parameter
     */
    static SortedMap<String, String> read(Collection<String> parameters, Function<String, @Nullable String> single) {
        SortedMap<String, String> labels = new TreeMap<>();
        for (String parameter : parameters) {
            String name = parameter.substring(PREFIX.length());
            if (!SensorMetadata.isLabelKey(name)) {
                throw Problem.of(
                                ProblemCode.BAD_PARAMETER,
                                "parameter '%s' names no label; expected label. and %s"
                                        .formatted(Excerpt.of(parameter), SensorMetadata.LABEL_KEY_FORM))
                        .exception();
            }
            String text = Objects.requireNonNull(single.apply(parameter));
            if (!SensorMetadata.isLabel(text)) {
                throw Problem.badParameter(parameter, text, SensorMetadata.LABEL_FORM)
                        .exception();
            }
            labels.put(name, text);
        }
        if (labels.size() > SensorMetadata.MAX_LABELS) {
            throw Problem.of(
                            ProblemCode.BAD_PARAMETER,
                            "%d parameters label.<name> are given; expected at most %d, as many as a sensor has"
                                    .formatted(labels.size(), SensorMetadata.MAX_LABELS))
                    .exception();
        }
        return labels;
    }
}
