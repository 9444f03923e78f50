package io.telltale.sensors;

/** Shortens text from outside for messages: bounded, on one line, valid UTF-8. */
public final class Excerpt {

    private static final int MAX_CHARACTERS = 64;

    private Excerpt() {}

    /** The text, or its first 64 characters and an ellipsis. Unprintable characters become {@code ?}. */
    public static String of(String text) {
        return of(text, MAX_CHARACTERS);
    }

    /**
     * The text, or its start and an ellipsis. Control characters and unpaired surrogates become {@code ?}.
     *
     * @param maxCharacters the highest number of UTF-16 characters, at least 1
     */
    public static String of(String text, int maxCharacters) {
        String head = text.length() <= maxCharacters ? text : text.substring(0, maxCharacters) + "…";
        return head.codePoints().noneMatch(Excerpt::isUnprintable)
                ? head
                : head.codePoints()
                        .map(c -> isUnprintable(c) ? '?' : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static boolean isUnprintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                true;
            default -> false;
        };
    }
}
