package io.telltale.bench;

import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The command line of a program that Maven runs.
 *
 * @param command without options
 * @param options that it knows, in the order in which they are listed
 * @param flags those that need no value
 */
public record CommandLine(String command, List<String> options, Set<String> flags) {

    public CommandLine {
        options = List.copyOf(options);
        flags = Set.copyOf(flags);
    }

    /**
     * The command with the options that were given.
     *
     * @param properties the value of a property, null if it is not given
     */
    public String with(UnaryOperator<@Nullable String> properties) {
        StringBuilder line = new StringBuilder(command);
        for (String option : options) {
            String value = properties.apply(option);
            if (value != null) {
                line.append(" -D").append(option);
                if (!value.isEmpty() && !(flags.contains(option) && value.equals("true"))) {
                    line.append('=').append(value.contains(" ") ? "'" + value + "'" : value);
                }
            }
        }
        return line.toString();
    }
}
