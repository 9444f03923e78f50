package io.telltale.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.telltale.sensors.Excerpt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** The names of the members of an object, for the detail of one that lacks a field. Bounded. */
final class FoundNames {

    private static final int MAX_LISTED = 12;
    private static final int MAX_NAME_CHARACTERS = 32;

    private final List<String> names = new ArrayList<>(MAX_LISTED);
    private int nulls;
    private int unlisted;

    /** Reads the object at the current token to its end; there are no names if it is none. */
    static FoundNames read(JsonParser json) throws IOException {
        FoundNames names = new FoundNames();
        if (json.currentToken() == JsonToken.START_OBJECT) {
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                names.add(name, json.nextToken());
                json.skipChildren();
            }
        }
        return names;
    }

    /** Forgets all names. */
    void clear() {
        names.clear();
        nulls = 0;
        unlisted = 0;
    }

    /** Adds a name with the first token of its value. Cheap, because it is called for valid bodies, too. */
    void add(String name, JsonToken value) {
        if (names.size() == MAX_LISTED) {
            unlisted++;
            return;
        }
        if (value == JsonToken.VALUE_NULL) {
            nulls |= 1 << names.size();
        }
        names.add(name);
    }

    /** The end of a detail: how to send a pack, if the object looks like the first entry of one. */
    String hint() {
        EnumSet<SenMlLabel> labels = EnumSet.noneOf(SenMlLabel.class);
        for (String name : names) {
            SenMlLabel label = SenMlLabel.named(name);
            if (label != null) {
                labels.add(label);
            }
        }
        boolean isNamed =
                labels.contains(SenMlLabel.NAME) && SenMlEntry.VALUES.stream().anyMatch(labels::contains);
        return isNamed || labels.contains(SenMlLabel.BASE_NAME)
                ? "; it looks like a SenML pack: set the header content-type to application/senml+json"
                : "";
    }

    /** After a semicolon in a detail. */
    @Override
    public String toString() {
        if (names.isEmpty()) {
            return "found no fields";
        }
        StringBuilder listed = new StringBuilder("found the fields ");
        for (int i = 0; i < names.size(); i++) {
            listed.append(i == 0 ? "'" : ", '")
                    .append(Excerpt.of(names.get(i), MAX_NAME_CHARACTERS))
                    .append((nulls >> i & 1) == 1 ? "' (null)" : "'");
        }
        return unlisted == 0 ? listed.toString() : "%s and %d more".formatted(listed, unlisted);
    }
}
