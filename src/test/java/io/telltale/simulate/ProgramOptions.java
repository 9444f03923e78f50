package io.telltale.simulate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The options of a program: {@code --name=value}, or {@code -Dname=value} to the JVM; the former wins. */
final class ProgramOptions {

    private final Map<String, String> values;

    private ProgramOptions(Map<String, String> values) {
        this.values = values;
    }

    /**
     * @throws IllegalArgumentException if an argument is not an option of this program
     */
    static ProgramOptions of(String[] arguments, Set<String> names) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : names) {
            String property = System.getProperty(name);
            if (property != null) {
                values.put(name, property);
            }
        }
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            String name = argument.startsWith("--") && equals > 0 ? argument.substring(2, equals) : "";
            if (!names.contains(name)) {
                throw new IllegalArgumentException("argument '%s' is not known; expected --name=value with one of %s"
                        .formatted(argument, String.join(", ", names)));
            }
            values.put(name, argument.substring(equals + 1));
        }
        return new ProgramOptions(values);
    }

    String required(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--%s is missing".formatted(name));
        }
        return value;
    }

    @Nullable
    String optional(String name) {
        return values.get(name);
    }

    /**
     * @param parse throws a {@link RuntimeException} for what it cannot read
     * @param expected in words, for the message
     */
    <T> T get(String name, T otherwise, Function<String, T> parse, String expected) {
        String value = values.get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            return parse.apply(value);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("%s is '%s'; expected %s".formatted(name, value, expected), e);
        }
    }
}
