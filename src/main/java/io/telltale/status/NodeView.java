package io.telltale.status;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.telltale.store.ClusterNodes.ClusterNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A node of Cassandra as the API shows it.
 *
 * @param address host and port; absent for callers that may not see it
 * @param dataCenter its data center; absent if the driver does not know it yet
 * @param state {@code up}, {@code down} or {@code unknown}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeView(@Nullable String address, @Nullable String dataCenter, String state) {

    NodeView withoutAddress() {
        return new NodeView(null, dataCenter, state);
    }

    static NodeView of(ClusterNode node) {
        return new NodeView(
                node.address(), node.dataCenter(), node.state().name().toLowerCase(Locale.ROOT));
    }
}
