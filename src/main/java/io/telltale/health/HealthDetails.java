package io.telltale.health;

import io.telltale.security.SecuritySwitch;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** What health says beyond the status. Health needs no credential, so with security on, details stay in the log. */
@Singleton
class HealthDetails {

    private final SecuritySwitch security;

    @Inject
    HealthDetails(SecuritySwitch security) {
        this.security = security;
    }

    /** A detail that may contain addresses, or where to find it. */
    String shown(String detail) {
        return security.isEnabled() ? "see the log" : detail;
    }
}
