package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import io.telltale.api.CursorKey;

/**
 * An open session with everything that the service needs on it.
 *
 * @param session the driver's session
 * @param statements the statements, prepared on that session
 * @param cursorKey the key for cursors, as found in table {@code secrets}
 */
record DatabaseConnection(CqlSession session, Statements statements, CursorKey cursorKey) {}
