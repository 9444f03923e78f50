/** The state of the service, of its dependencies and of ingest, in one document. */
@NullMarked
package io.telltale.status;

import org.jspecify.annotations.NullMarked;
