package io.telltale.settings;

/** A setting has a value that cannot be used. The message names both and says what is expected. */
public final class InvalidSettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    public InvalidSettingException(String message) {
        super(message);
    }
}
