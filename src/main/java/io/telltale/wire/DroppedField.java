package io.telltale.wire;

/**
 * An invalid unit or site of an accepted reading. It is dropped, because a reading without it is better than none.
 *
 * @param detail a sentence with the field, its shortened value and what was expected
 */
public record DroppedField(Reason reason, String detail) {

    /** Why a field was dropped. The codes are part of the contract and never change. */
    public enum Reason {
        INVALID_UNIT("invalid-unit"),
        INVALID_SITE("invalid-site");

        private final String code;

        Reason(String code) {
            this.code = code;
        }

        /** The code in the label of the metric. */
        public String code() {
            return code;
        }
    }
}
