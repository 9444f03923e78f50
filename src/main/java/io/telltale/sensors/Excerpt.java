package io.telltale.sensors;

/** Foreign text, made fit for a message: bounded, and without control characters. */
public final class Excerpt {

    private static final int MAX_CHARACTERS = 64;

    private Excerpt() {}

    /** The text itself, or its first 64 characters and an ellipsis; control characters become {@code ?}. */
    public static String of(String text) {
        String head = text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS) + "…";
        for (int i = 0; i < head.length(); i++) {
            if (Character.isISOControl(head.charAt(i))) {
                return head.codePoints()
                        .map(c -> Character.isISOControl(c) ? '?' : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
            }
        }
        return head;
    }
}
