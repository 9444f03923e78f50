package io.telltale.wire;

/**
 * Validates UTF-8, as RFC 8259 requires for JSON. JSON parsers are lenient: they guess UTF-16 and UTF-32, and accept
 * overlong forms and surrogates, which would change between input and output.
 */
public final class Utf8 {

    private Utf8() {}

    /** Whether the bytes start with U+FEFF, which some editors and libraries put before UTF-8. */
    public static boolean startsWithByteOrderMark(byte[] bytes) {
        return bytes.length >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf;
    }

    static boolean isValid(byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            int lead = bytes[at++];
            if (lead >= 0) {
                continue;
            }
            lead &= 0xff;
            int following = following(lead);
            if (following == 0 || at + following > bytes.length) {
                return false;
            }
            // The second byte decides whether a sequence is overlong, a surrogate or beyond U+10FFFF.
            int second = bytes[at] & 0xff;
            if (second < leastSecond(lead) || second > greatestSecond(lead)) {
                return false;
            }
            for (int i = 1; i < following; i++) {
                if ((bytes[at + i] & 0xc0) != 0x80) {
                    return false;
                }
            }
            at += following;
        }
        return true;
    }

    private static int following(int lead) {
        if (lead >= 0xc2 && lead <= 0xdf) {
            return 1;
        }
        if (lead >= 0xe0 && lead <= 0xef) {
            return 2;
        }
        return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    }

    private static int leastSecond(int lead) {
        return switch (lead) {
            case 0xe0 -> 0xa0;
            case 0xf0 -> 0x90;
            default -> 0x80;
        };
    }

    private static int greatestSecond(int lead) {
        return switch (lead) {
            case 0xed -> 0x9f;
            case 0xf4 -> 0x8f;
            default -> 0xbf;
        };
    }
}
