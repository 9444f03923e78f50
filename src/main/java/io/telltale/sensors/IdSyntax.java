package io.telltale.sensors;

/** The syntax of ids and sites: {@code [A-Za-z0-9][A-Za-z0-9._:-]*}, up to a length. */
final class IdSyntax {

    private IdSyntax() {}

    static boolean isName(String text, int maxLength) {
        return isName(text, maxLength, false);
    }

    /** The same, and spaces inside. */
    static boolean isNameWithSpaces(String text, int maxLength) {
        return isName(text, maxLength, true) && !text.endsWith(" ");
    }

    private static boolean isName(String text, int maxLength, boolean isSpaceAllowed) {
        int length = text.length();
        if (length == 0 || length > maxLength || !isLetterOrDigit(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < length; i++) {
            char c = text.charAt(i);
            if (!isLetterOrDigit(c) && c != '.' && c != '_' && c != ':' && c != '-' && (c != ' ' || !isSpaceAllowed)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
