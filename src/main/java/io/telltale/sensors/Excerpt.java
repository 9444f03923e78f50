package io.telltale.sensors;

/** Foreign text, made fit for a message: bounded, one line, and storable as UTF-8. */
public final class Excerpt {

    private static final int MAX_CHARACTERS = 64;

    private Excerpt() {}

    /** The text itself, or its first 64 characters and an ellipsis; what cannot be printed becomes {@code ?}. */
    public static String of(String text) {
        return of(text, MAX_CHARACTERS);
    }

    /**
     * The text itself, or its beginning and an ellipsis; control characters and halves of surrogate pairs become
     * {@code ?}.
     *
     * @param maxCharacters how many UTF-16 characters of the text to keep at most, at least 1
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
